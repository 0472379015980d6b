package dev.keepwarm.warmer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.ManualClock;
import dev.keepwarm.core.internal.MemoryBus;
import dev.keepwarm.engine.MemorySource;
import dev.keepwarm.engine.MemoryWheel;
import dev.keepwarm.engine.SequentialFanout;
import dev.keepwarm.engine.Wheel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tenants leave the wheel if they are not used. One slot, a turn of ten seconds. */
final class AdaptiveTest {
  private static final long TURN = 10_000;
  private static final Duration IDLE_AFTER = Duration.ofSeconds(200);

  private final ManualClock clock = new ManualClock();
  private final MemoryWheel wheel = new MemoryWheel(1);
  private final MemoryBus bus = new MemoryBus();
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
  private final Warmer warmer = warmer(IDLE_AFTER);

  private Warmer warmer(Duration idleAfter) {
    return new Warmer(
        new Warmer.Ports(
            wheel,
            new MemorySource(),
            bus,
            Resolvers.NONE,
            new SequentialFanout(),
            clock,
            new Log(new PrintStream(logged, true, StandardCharsets.UTF_8), clock, "warmer")),
        Warmer.Plan.turning(1, TURN).dropping(idleAfter));
  }

  private List<Event.TenantsDue> turn(Warmer with) {
    bus.clear();
    clock.advance(Duration.ofMillis(TURN));
    assertThat(with.tick(() -> 60_000).complete()).isTrue();
    return bus.published(Event.TenantsDue.class);
  }

  private List<Event.TenantsDue> turns(int count) {
    for (int i = 1; i < count; i++) {
      turn(warmer);
    }
    return turn(warmer);
  }

  @Test
  void nobodyIsWatchedUnlessToldTo() {
    assertThat(wheel.enrol("acme")).isTrue();

    assertThat(turn(warmer(Duration.ZERO))).containsExactly(new Event.TenantsDue(List.of("acme")));

    assertThat(wheel.slot(0)).containsExactly(new Wheel.Member("acme", null));
  }

  @Test
  void forHalfOfTheTimeNobodyIsAsked() {
    assertThat(wheel.enrol("acme")).isTrue();
    long watched = clock.millis() + TURN;

    assertThat(turns(10)).containsExactly(new Event.TenantsDue(List.of("acme")));

    assertThat(wheel.slot(0)).containsExactly(new Wheel.Member("acme", watched));
  }

  @Test
  void afterHalfOfTheTimeReadersAreAsked() {
    assertThat(wheel.enrol("acme")).isTrue();
    assertThat(wheel.enrol("globex")).isTrue();
    long watched = clock.millis() + TURN;
    List<Event.TenantsDue> unused = turns(10);
    assertThat(wheel.enrol("globex")).isFalse();

    assertThat(turn(warmer))
        .containsExactly(new Event.TenantsDue(List.of("acme", "globex"), Map.of("acme", watched)));
  }

  @Test
  void whoIsUsedStays() {
    assertThat(wheel.enrol("acme")).isTrue();

    for (int i = 0; i < 10; i++) {
      assertThat(turns(20)).isNotEmpty();
      assertThat(wheel.enrol("acme")).isFalse();
    }
  }

  @Test
  void whoIsNotUsedLeavesInTwiceTheTime() {
    assertThat(wheel.enrol("acme")).isTrue();
    long enrolled = clock.millis();

    while (wheel.isEnrolled("acme")) {
      List<Event.TenantsDue> unused = turn(warmer);
    }

    assertThat(clock.millis() - enrolled)
        .isBetween(IDLE_AFTER.toMillis(), 2 * IDLE_AFTER.toMillis());
    assertThat(bus.published()).isEmpty();
  }

  @Test
  void whoLeavesIsCounted() {
    for (String tenant : List.of("acme", "globex", "initech")) {
      assertThat(wheel.enrol(tenant)).isTrue();
    }
    List<Event.TenantsDue> unused = turns(20);
    assertThat(wheel.enrol("acme")).isFalse();
    logged.reset();

    unused = turn(warmer);

    assertThat(wheel.enrolled()).containsExactly("acme");
    assertThat(logged.toString(StandardCharsets.UTF_8)).contains("\"TenantsIdle\":2");
  }

  @Test
  void eachStateBeginsAtItsMoment() {
    Idleness idleness = new Idleness(10);
    Wheel.Member member = new Wheel.Member("acme", 100L);

    assertThat(idleness.of(member, 104)).isEqualTo(Idleness.State.WATCHED);
    assertThat(idleness.of(member, 105)).isEqualTo(Idleness.State.ASKED);
    assertThat(idleness.of(member, 109)).isEqualTo(Idleness.State.ASKED);
    assertThat(idleness.of(member, 110)).isEqualTo(Idleness.State.IDLE);
  }

  @Test
  void whoIsUsedAtTheLastMomentStays() {
    assertThat(wheel.enrol("acme")).isTrue();
    List<Event.TenantsDue> unused = turns(20);
    wheel.hooks().beforeNext("leaveUnused", () -> assertThat(wheel.enrol("acme")).isFalse());

    assertThat(turn(warmer)).isNotEmpty();

    assertThat(wheel.isEnrolled("acme")).isTrue();
  }

  @Test
  void aWheelThatDoesNotAnswerLosesNobody() {
    assertThat(wheel.enrol("acme")).isTrue();
    wheel.hooks().failNext("watch", ErrorCode.UNAVAILABLE);

    clock.advance(Duration.ofMillis(TURN));
    assertThatExceptionOfType(KeepwarmException.class).isThrownBy(() -> warmer.tick(() -> 60_000));

    assertThat(turn(warmer)).containsExactly(new Event.TenantsDue(List.of("acme")));
  }
}
