package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Event;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BulkChangeTest {
  private final CommandWorld world = new CommandWorld();

  @Test
  void rotatesWhatAFileNamesAndWaits(@TempDir Path directory) throws Exception {
    world.warm("acme", "bank", "enc:old", 1).warm("acme", "api", "enc:x", 1);
    world.warm("zen", "bank", "enc:old", 4);
    world.original("acme", "bank", "enc:new", 2).original("zen", "bank", "enc:new", 5);
    world.bus.clear();
    Path file =
        Files.writeString(
            directory.resolve("changes.jsonl"),
            """
            {"tenant":"acme","name":"bank","version":2}

            {"tenant":"zen"}
            """);

    CommandWorld.Result result = world.run("rotate", "--from", file.toString());

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo("published: 2 Credential Rotated\n");
    assertThat(world.bus.published())
        .containsExactly(
            new Event.Rotated("acme", "bank", 2L), new Event.Rotated("zen", null, null));
  }

  @Test
  void revokesTheVersionsThatTheSourceHas() {
    world.warm("acme", "bank", "enc:x", 3).warm("acme", "api", "enc:x", 7);

    CommandWorld.Result result =
        world.runWith("{\"tenant\":\"acme\"}\n", "revoke", "--from", "-", "--wait", "--json");

    assertThat(result.exitCode()).isZero();
    assertThat(result.json()).containsEntry("published", 2L).containsEntry("notFound", 0L);
    assertThat(world.bus.published(Event.Revoked.class))
        .containsExactly(
            new Event.Revoked("acme", "api", 7L), new Event.Revoked("acme", "bank", 3L));
  }

  @Test
  void doesAllThatIsThereAndNamesWhatIsNot() {
    String lines =
        IntStream.range(0, 450)
            .peek(i -> world.original("t" + i, "a", "enc:x", 1))
            .mapToObj(i -> "{\"tenant\":\"t" + i + "\",\"name\":\"a\"}\n")
            .collect(Collectors.joining());

    CommandWorld.Result result =
        world.runWith(
            lines + "{\"tenant\":\"nobody\",\"name\":\"x\"}\n", "invalidate", "--from", "-");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.out())
        .isEqualTo("published: 450 Credential Invalidated\nnot found: nobody x\n");
    assertThat(world.bus.published()).hasSize(450);
  }

  @Test
  void publishesNothingIfALineIsWrong() {
    world.original("acme", "bank", "enc:x", 1);

    CommandWorld.Result result =
        world.runWith(
            "{\"tenant\":\"acme\"}\n{\"tenant\":\"a b\"}\n{\"tenant\":\"acme\",\"version\":\"1\"}\n"
                + "{\"tenant\":\"acme\",\"canary-4f1d\":1}\n",
            "rotate",
            "--from",
            "-");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .contains("standard input line 2: tenant: must be ")
        .contains("line 3: version: ")
        .contains("line 4: unknown field; allowed are tenant, name, version")
        .contains("3 of 4 lines are malformed; nothing was published")
        .doesNotContain("canary");
    assertThat(world.bus.published()).isEmpty();
    assertThat(world.runWith("", "rotate", "--from", "-").exitCode()).isEqualTo(2);
  }

  @Test
  void takesBackRevocations() {
    world.warm("acme", "bank", "enc:x", 3);
    world.run("revoke", "acme", "bank", "--wait");

    String lines = "{\"tenant\":\"acme\"}\n";

    CommandWorld.Result result = world.runWith(lines, "unrevoke", "--from", "-");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("line 1: name: missing; use --all");
    assertThat(world.bus.published(Event.Unrevoked.class)).isEmpty();
    assertThat(world.runWith(lines, "unrevoke", "--from", "-", "--all").exitCode()).isZero();
    assertThat(world.bus.published(Event.Unrevoked.class))
        .containsExactly(new Event.Unrevoked("acme", null, null));
  }

  @Test
  void leavesOutVersionsThatTheSourceDoesNotHaveUnlessForced() {
    world.warm("acme", "bank", "enc:x", 1).warm("zen", "bank", "enc:x", 1);
    world.bus.clear();
    String lines = "{\"tenant\":\"acme\",\"name\":\"bank\",\"version\":70}\n{\"tenant\":\"zen\"}\n";

    CommandWorld.Result result = world.runWith(lines, "rotate", "--from", "-");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("older versions than 1 lines").contains("--force");
    assertThat(result.out()).contains("the source has an older version than: acme bank version 70");
    assertThat(world.bus.published()).containsExactly(new Event.Rotated("zen", null, null));
    assertThat(world.runWith(lines, "rotate", "--from", "-", "--force").exitCode()).isZero();
  }

  @Test
  void asksBeforeItRevokes() {
    world.warm("acme", "bank", "enc:x", 3).terminal().answer("no");

    CommandWorld.Result result = world.runWith("{\"tenant\":\"acme\"}\n", "revoke", "--from", "-");

    assertThat(result.err()).isEqualTo("keepwarm: NOT_CONFIRMED: nothing was published\n");
    assertThat(world.bus.published(Event.Revoked.class)).isEmpty();
  }

  @Test
  void takesEitherATenantOrAFile() {
    assertThat(world.run("rotate").err()).contains("exactly one of TENANT and --from is required");
    assertThat(world.run("rotate", "acme", "--from", "-").err()).contains("exactly one of TENANT");
    assertThat(world.run("rotate", "--from", "-", "--version", "1").err()).contains("--version");
  }
}
