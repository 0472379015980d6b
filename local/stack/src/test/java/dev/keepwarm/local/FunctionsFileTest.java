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
          [                                                    | the file is not a JSON object
          {}                                                   | the file has one field
          {"functions": []}                                    | the file has one field
          {"functions": {}, "more": 1}                         | the file has one field
          {"functions": {"a b": {}}}                           | a function's name is
          {"functions": {"f": 1}}                              | functions.f is an object
          {"functions": {"f": {"commands": ["x"]}}}            | functions.f is an object
          {"functions": {"f": {}}}                             | functions.f.command is a list
          {"functions": {"f": {"command": "x"}}}               | functions.f.command is a list
          {"functions": {"f": {"command": [1]}}}               | functions.f.command is a list
          {"functions": {"f": {"command": ["x"], "directory": 1}}} | functions.f.directory is a text
          {"functions": {"f": {"command": ["x"], "handler": 1}}}   | functions.f.handler is a text
          {"functions": {"f": {"command": ["x"], "environment": {"A": 1}}}} | functions.f.environment is
          {"functions": {"f": {"command": ["x"], "environment": "A"}}}      | functions.f.environment is
          {"functions": {"f": {"command": ["x"], "timeoutSeconds": 0}}}     | functions.f.timeoutSeconds is
          {"functions": {"f": {"command": ["x"], "timeoutSeconds": 901}}}   | functions.f.timeoutSeconds is
          {"functions": {"f": {"command": ["x"], "timeoutSeconds": "1"}}}   | functions.f.timeoutSeconds is
          """)
  void anErrorNamesTheFieldAndWhatItTakes(String json, String message) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> FunctionsFile.parse(json, null))
        .withMessageContaining("--functions: " + message)
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION));
  }
}
