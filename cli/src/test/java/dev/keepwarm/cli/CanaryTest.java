package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No command prints a value or a ciphertext unless it is requested. */
class CanaryTest {
  private static final String ROW =
      "{\"tenant\":\"acme\",\"name\":\"bank\",\"profile\":\"legacy\",\"ciphertext\":\""
          + CommandWorld.SECRET_CIPHERTEXT
          + "\",\"version\":8}";

  static Stream<List<String>> commands() {
    return Stream.of(
            List.of("import", "-"),
            List.of("status"),
            List.of("list"),
            List.of("list", "acme"),
            List.of("get", "acme", "bank"),
            List.of("warm", "acme", "--wait"),
            List.of("rotate", "acme", "--wait"),
            List.of("invalidate", "acme", "bank", "--wait"),
            List.of("revoke", "acme", "bank", "--wait"))
        .flatMap(command ->
            Stream.of(
                command,
                Stream.concat(command.stream(), Stream.of("--json")).toList(),
                Stream.concat(command.stream(), Stream.of("--debug")).toList()));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void isNotPrinted(List<String> command) {
    CommandWorld world =
        new CommandWorld()
            .warm("acme", "bank", CommandWorld.SECRET_CIPHERTEXT, 7)
            .warm("acme", "broken", "?" + CommandWorld.CANARY, 1);

    CommandWorld.Result result = world.runWith(ROW, command.toArray(String[]::new));

    assertThat(result.out()).isNotEmpty();
    assertThat(result.out() + result.err()).doesNotContain(CommandWorld.CANARY);
    assertThat(world.bus.published().toString()).doesNotContain(CommandWorld.CANARY);
  }
}
