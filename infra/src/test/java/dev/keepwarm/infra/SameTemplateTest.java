package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;

/**
 * The same properties make the same template, byte for byte, so that {@code cdk diff} is empty if
 * nothing has changed. Two processes synthesise it, because within one process Java's unordered
 * maps always have the same order.
 */
class SameTemplateTest {
  @TempDir private Path directory;

  /** Synthesises each variant of the stack into the directory that is named. */
  static final class Main {
    private Main() {}

    public static void main(String[] args) throws Exception {
      Path to = Path.of(args[0]);
      Map<String, UnaryOperator<KeepwarmProps.Builder>> variants = new LinkedHashMap<>();
      variants.put("default", props -> props);
      variants.put("jdbc", props -> Variants.jdbc(props).profiles(Variants.PROFILES));
      variants.put("secretsmanager", Variants::secrets);
      for (var variant : variants.entrySet()) {
        String template =
            new Synthesised(to)
                .template(
                    variant.getValue(),
                    stack -> stack.keepwarm().grantReadForTenant(role(stack), "acme"))
                .toPrettyString();
        Files.writeString(to.resolve(variant.getKey() + ".json"), template);
      }
    }
  }

  @Test
  void twoProcessesSynthesiseTheSame() throws Exception {
    Path one = synthesise("one");
    Path other = synthesise("other");

    for (String variant : List.of("default", "jdbc", "secretsmanager")) {
      String template = Files.readString(one.resolve(variant + ".json"));
      assertThat(template).contains("AWS::DynamoDB::Table");
      assertThat(Files.readString(other.resolve(variant + ".json")))
          .as(variant)
          .isEqualTo(template);
    }
  }

  private static Role role(KeepwarmStack stack) {
    return Role.Builder.create(stack, "Reader")
        .assumedBy(new ServicePrincipal("lambda.amazonaws.com"))
        .build();
  }

  private Path synthesise(String name) throws Exception {
    Path to = Files.createDirectory(directory.resolve(name));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                to.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return to;
  }
}
