package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.engine.Wheel;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatusWatchTest {
  private final CommandWorld world = new CommandWorld();

  private List<String> lines(int columns) {
    try (ConsoleModel model =
        new ConsoleModel(world.ports(), Duration.ofSeconds(2), Patience.LIMIT, what -> {})) {
      return StatusWatch.lines(model.look(), columns);
    }
  }

  @Test
  void showsTheWheelWithAMarkForEachSlot() {
    world.warm("acme", "bank", "enc:x", 1).warm("zen", "broken", "???", 1);
    world.wheel.enrol("cold");
    long slot = world.clock.millis() / world.settings.slotMillis();
    world.wheel.advance(null, new Wheel.Cursor(slot - 2, world.settings.slotMillis()));

    List<String> lines = lines(80);

    StringBuilder ring = new StringBuilder("-".repeat(16));
    ring.setCharAt(Wheel.slotOf("acme", 16), '#');
    ring.setCharAt(Wheel.slotOf("zen", 16), 'x');
    ring.setCharAt(Wheel.slotOf("cold", 16), '.');
    assertThat(lines).contains("wheel     (" + ring + ")");
    assertThat(lines)
        .anySatisfy(line ->
            assertThat(line.indexOf('^')).isEqualTo(11 + (int) Math.floorMod(slot - 2, 16L)))
        .anySatisfy(line -> assertThat(line).contains("warmer, 37s behind"))
        .anySatisfy(line -> assertThat(line).startsWith("warming   [").contains("1 of 3"))
        .contains("tenants   3")
        .anySatisfy(line -> assertThat(line).startsWith("UNHEALTHY: 1 enrolled tenant is cold"));
  }

  @Test
  void saysThatNothingIsWrongOnlyOfWhatWasLookedAt() {
    world.warm("acme", "bank", "enc:x", 1);
    try (ConsoleModel model =
        new ConsoleModel(world.ports(), Duration.ofSeconds(2), Patience.LIMIT, what -> {})) {
      ConsoleModel.Moment seen = model.look();
      ConsoleModel.Moment fine = new ConsoleModel.Moment(seen.status(), List.of(), seen.sight());
      ConsoleModel.Moment early = new ConsoleModel.Moment(seen.status(), List.of(), null);

      assertThat(StatusWatch.lines(fine, 80)).contains("Nothing is wrong.");
      assertThat(StatusWatch.line(fine)).endsWith("nothing is wrong");
      assertThat(StatusWatch.lines(early, 80))
          .contains("Nothing is wrong in the part that was checked so far.");
      assertThat(StatusWatch.line(early))
          .endsWith("nothing is wrong in the part that was checked so far");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 40, 80, 200})
  void fitsIntoTheTerminal(int columns) {
    world.warm("acme", "bank", "enc:x", 1);
    world.wheel.enrol("cold");

    assertThat(lines(columns)).allSatisfy(line -> assertThat(line).hasSizeLessThan(columns));
  }

  @Test
  void showsUntilItIsInterrupted() {
    world.warm("acme", "bank", "enc:x", 1);
    world.interruptAfterPauses = 3;

    CommandWorld.Result result = world.run("status", "--watch");

    assertThat(Thread.interrupted()).isTrue();
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).hasLineCount(3).contains("warm 1, cold 0, failed 0");
  }

  @Test
  void clearsTheScreenOfATerminalOnly() {
    world.terminal();
    world.interruptAfterPauses = 1;

    assertThat(world.run("status", "--watch").out())
        .startsWith("\u001b[H\u001b[J")
        .contains("wheel");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void isNoJson() {
    assertThat(world.run("status", "--watch", "--json").exitCode()).isEqualTo(2);
    assertThat(world.run("status", "--watch", "--every=1h").exitCode()).isEqualTo(2);
  }
}
