package dev.keepwarm.infra;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** cfn-lint as a program, which needs Python. */
final class CfnLint {
  private CfnLint() {}

  /** Skips the test without cfn-lint. */
  static void assume() {
    Assumptions.assumeTrue(
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .anyMatch(part -> Files.isExecutable(Path.of(part, "cfn-lint"))),
        "no cfn-lint on the PATH: pip install cfn-lint, or run .ci/lint-templates");
  }

  /**
   * The findings, one per line. It first transforms a SAM template, and also checks nested
   * templates.
   */
  static String findings(List<Path> templates) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("cfn-lint", "--format", "parseable"));
    // CDK lets resources that need a role depend on its policy, although they also refer to the
    // role. And ExistingKey's default is not an ARN, but is never used as one.
    command.addAll(List.of("--ignore-checks", "W3005", "W1030", "--template"));
    templates.forEach(template -> command.add(template.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int exitValue = process.waitFor();
    if (exitValue != 0 && output.isBlank()) {
      throw new IOException("cfn-lint ended with exit status " + exitValue);
    }
    return output;
  }
}
