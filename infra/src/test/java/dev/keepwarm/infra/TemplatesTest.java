package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
 * The templates in {@code target/templates}, which {@code .ci/moto} deploys, and cfn-lint's
 * findings in them.
 */
class TemplatesTest {
  private static final Path TEMPLATES = Path.of("target", "templates");

  private static final ObjectMapper MAPPER = new ObjectMapper();

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

  /** CloudFormation's limits: the size of a template from a bucket, and the number of elements. */
  @Test
  void everyTemplateIsWithinCloudFormationsQuotas() throws IOException {
    Map<String, Integer> quotas =
        Map.of("Resources", 500, "Parameters", 200, "Outputs", 200, "Mappings", 200);
    for (Path template : write()) {
      JsonNode content = MAPPER.readTree(template.toFile());
      assertThat(Files.size(template)).as(template.toString()).isLessThan(1_048_576);
      quotas.forEach((section, most) ->
          assertThat(content.path(section).size())
              .as(template + " " + section)
              .isLessThanOrEqualTo(most));
      content
          .path("Parameters")
          .forEach(parameter ->
              assertThat(parameter.path("Description").asText().length())
                  .isLessThanOrEqualTo(4000));
      content
          .path("Outputs")
          .properties()
          .forEach(output -> assertThat(output.getKey()).matches("[A-Za-z0-9]{1,255}"));
    }
  }

  /**
   * The template's page says so, and it is why the Terraform module puts the template into a
   * bucket.
   */
  @Test
  void theReleasedTemplateIsTooLargeToBePassedDirectly() throws IOException {
    assertThat(Released.template().toString().length())
        .as("without a blank; if it ever fits, docs/deploying-cloudformation.md may say so")
        .isGreaterThan(51_200);
    assertThat(Files.readString(Path.of("../docs/deploying-cloudformation.md")))
        .contains("larger than the 51,200 bytes that CloudFormation takes directly");
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
    Files.writeString(released, Released.template().toPrettyString());
    written.add(released);
    return written;
  }

  /** Written for the tests of the TypeScript construct, to compare. */
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
