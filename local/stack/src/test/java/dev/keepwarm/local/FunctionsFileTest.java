package dev.keepwarm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.local.FunctionsFile.OwnFunction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FunctionsFileTest {
  @Test
  void directoriesAreRelativeToTheFile(@TempDir Path directory) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("functions.json"),
            """
            {"functions": {
              "plain": {"command": ["node", "runtime.mjs"]},
              "full": {
                "command": ["java"], "directory": "sub", "handler": "a.b", "timeoutSeconds": 5,
                "environment": {"KEY": "hidden"}}}}
            """);

    List<OwnFunction> functions = FunctionsFile.read(file).functions();

    assertThat(functions)
        .containsExactly(
            new OwnFunction(
                "plain",
                List.of("node", "runtime.mjs"),
                directory,
                null,
                Map.of(),
                Duration.ofSeconds(30)),
            new OwnFunction(
                "full",
                List.of("java"),
                directory.resolve("sub"),
                "a.b",
                Map.of("KEY", "hidden"),
                Duration.ofSeconds(5)));
    assertThat(functions.toString()).doesNotContain("hidden");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [                                                    | the file must be a JSON object
          {}                                                   | the file must have exactly one field
          {"functions": []}                                    | the file must have exactly one field
          {"functions": {}, "more": 1}                         | the file must have exactly one field
          {"functions": {"a b": {}}}                           | a function's name must have
          {"functions": {"f": 1}}                              | functions.f must be
          {"functions": {"f": {"commands": ["x"]}}}            | functions.f must be
          {"functions": {"f": {}}}                             | functions.f.command must be
          {"functions": {"f": {"command": "x"}}}               | functions.f.command must be
          {"functions": {"f": {"command": [1]}}}               | functions.f.command must be
          {"functions": {"f": {"command": ["x"], "directory": 1}}} | functions.f.directory must be
          {"functions": {"f": {"command": ["x"], "handler": 1}}}   | functions.f.handler must be
          {"functions": {"f": {"command": ["x"], "environment": {"A": 1}}}} | functions.f.environment must be
          {"functions": {"f": {"command": ["x"], "environment": "A"}}}      | functions.f.environment must be
          {"functions": {"f": {"command": ["x"], "timeoutSeconds": 0}}}     | functions.f.timeoutSeconds must be
          {"functions": {"f": {"command": ["x"], "timeoutSeconds": 901}}}   | functions.f.timeoutSeconds must be
          {"functions": {"f": {"command": ["x"], "timeoutSeconds": "1"}}}   | functions.f.timeoutSeconds must be
          """)
  void anErrorNamesTheFieldAndWhatItTakes(String json, String message) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> FunctionsFile.parse(json, null))
        .withMessageContaining("--functions: " + message)
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION));
  }
}
