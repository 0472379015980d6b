package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keepwarm.core.internal.Events;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;

/**
 * The templates in {@code target/templates}, which {@code .ci/moto} deploys, and what cfn-lint says
 * of them.
 */
class TemplatesTest {
  private static final Path TEMPLATES = Path.of("target", "templates");

  private static final Map<String, UnaryOperator<KeepwarmProps.Builder>> VARIANTS =
      Map.of(
          "default", props -> props,
          "jdbc",
              props ->
                  Variants.jdbc(props)
                      .profiles(Variants.PROFILES)
                      .resolverConcurrency(2)
                      .publishers(List.of("arn:aws:iam::111122223333:role/vault-rotation"))
                      .alarmTopic("arn:aws:sns:eu-central-1:111122223333:pager"),
          "secretsmanager", Variants::secrets);

  @TempDir Path directory;

  @Test
  void cfnLintFindsNothing() throws IOException, InterruptedException {
    writeGranted();
    List<Path> templates = write();
    CfnLint.assume();

    assertThat(CfnLint.findings(templates)).isBlank();
  }

  private List<Path> write() throws IOException {
    Files.createDirectories(TEMPLATES);
    List<Path> written = new ArrayList<>();
    for (Map.Entry<String, UnaryOperator<KeepwarmProps.Builder>> variant : VARIANTS.entrySet()) {
      JsonNode template = new Synthesised(directory).template(variant.getValue());
      Path file = TEMPLATES.resolve(variant.getKey() + ".json");
      Files.writeString(file, template.toPrettyString());
      written.add(file);
    }
    Path released = TEMPLATES.resolve("released.json");
    ReleasedTemplate.write(released);
    written.add(released);
    return written;
  }

  /** What the construct in TypeScript is compared with. */
  private void writeGranted() throws IOException {
    Files.createDirectories(TEMPLATES);
    JsonNode granted =
        new Synthesised(directory)
            .template(
                props -> props,
                stack -> {
                  Keepwarm keepwarm = stack.keepwarm();
                  keepwarm.grantRead(role(stack, "Reader"));
                  keepwarm.grantReadForTenant(role(stack, "AcmesReader"), "acme");
                  keepwarm.grantResolve(role(stack, "ResolverCaller"));
                  keepwarm.grantPublish(role(stack, "Publisher"), Events.INVALIDATED);
                });
    Files.writeString(TEMPLATES.resolve("granted.json"), granted.toPrettyString());
  }

  private static Role role(KeepwarmStack stack, String id) {
    return Role.Builder.create(stack, id)
        .assumedBy(new ServicePrincipal("lambda.amazonaws.com"))
        .build();
  }
}
