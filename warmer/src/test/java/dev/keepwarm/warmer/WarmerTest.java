package dev.keepwarm.warmer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.EventBridgeBus;
import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.ManualClock;
import dev.keepwarm.core.internal.MemoryBus;
import dev.keepwarm.core.internal.WarmUp;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.MemorySource;
import dev.keepwarm.engine.MemoryWheel;
import dev.keepwarm.engine.SequentialFanout;
import dev.keepwarm.engine.Wheel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A wheel of 100 slots of 100 ms: a turn is 10 seconds. */
final class WarmerTest {
  private static final int SLOTS = 100;
  private static final long SLOT_MILLIS = 100;
  private static final Duration TURN = Duration.ofMillis(SLOTS * SLOT_MILLIS);
  private static final LongSupplier AMPLE = () -> 60_000;
  private static final Warmer.Plan PLAN = Warmer.Plan.turning(SLOTS, SLOT_MILLIS);

  private final ManualClock clock = new ManualClock();
  private final MemoryWheel wheel = new MemoryWheel(SLOTS);
  private final MemorySource source = new MemorySource();
  private final MemoryBus bus = new MemoryBus();
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
  private final Warmer warmer = warmer(Duration.ZERO);

  private Warmer warmer(Duration discoverEvery) {
    return warmer(bus, PLAN.discovering(discoverEvery));
  }

  private Warmer warmer(EventBus through, Warmer.Plan plan) {
    return warmer(through, Resolvers.NONE, new SequentialFanout(), plan);
  }

  private Warmer warmer(EventBus through, Resolvers resolvers, Fanout calls, Warmer.Plan plan) {
    return new Warmer(
        new Warmer.Ports(
            wheel,
            source,
            through,
            resolvers,
            calls,
            clock,
            new Log(new PrintStream(logged, true, StandardCharsets.UTF_8), clock, "warmer")),
        plan);
  }

  private Warmer keepingWarm(Resolvers resolvers, int kept) {
    return warmer(bus, resolvers, new SequentialFanout(), PLAN.keepingWarm(kept));
  }

  @Test
  void aSlotsTenantsStayTogetherIfTheyAreToBeVouchedFor() {
    List<String> tenants = enrol(500);
    Warmer whole = warmer(bus, PLAN.inWholeSlots(true));

    assertThat(whole.tick(AMPLE).tenants()).isEqualTo(500);

    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
    Map<Integer, Integer> eventOf = new HashMap<>();
    List<Event.TenantsDue> events = bus.published(Event.TenantsDue.class);
    for (int i = 0; i < events.size(); i++) {
      for (String tenant : events.get(i).tenants()) {
        assertThat(eventOf.merge(Wheel.slotOf(tenant, SLOTS), i, (one, other) -> one)).isEqualTo(i);
      }
    }
    assertThat(events).hasSizeLessThan(SLOTS);
  }

  @Test
  void theFirstTickPublishesEveryTenantOnce() {
    List<String> tenants = enrol(500);

    Warmer.Tick tick = warmer.tick(AMPLE);

    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
    assertThat(tick).isEqualTo(new Warmer.Tick(SLOTS, 500, 0, true));
  }

  @Test
  void aTurnOfTicksPublishesEveryTenantOnceWhateverTheTicksRhythm() {
    List<String> tenants = enrol(500);
    Warmer.Tick unused = warmer.tick(AMPLE);
    Random random = new Random(7);
    for (int turn = 0; turn < 5; turn++) {
      bus.clear();
      long end = clock.millis() + TURN.toMillis();
      while (clock.millis() < end) {
        clock.set(Math.min(end, clock.millis() + random.nextLong(1, 1_500)));
        assertThat(warmer.tick(AMPLE).complete()).isTrue();
      }
      assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
    }
  }

  @Test
  void aTickKeepsInstancesOfTheResolverWarm() {
    List<WarmUp> sent = new ArrayList<>();

    Warmer.Tick unused = keepingWarm(sent::add, 1).tick(AMPLE);
    assertThat(sent).containsExactly(new WarmUp(0));
    sent.clear();
    unused = keepingWarm(sent::add, 3).tick(AMPLE);
    assertThat(sent)
        .containsExactlyElementsOf(Collections.nCopies(3, new WarmUp(Warmer.HOLD_MILLIS)));
    sent.clear();
    unused = keepingWarm(sent::add, 0).tick(AMPLE);
    assertThat(sent).isEmpty();
  }

  /** The requests are sent all at once: an instance that has answered is free for the next one. */
  @Test
  void whatKeepsInstancesWarmOverlaps() {
    CyclicBarrier allAtOnce = new CyclicBarrier(3);
    Warmer real =
        warmer(
            bus,
            warmUp -> {
              try {
                int unused = allAtOnce.await();
              } catch (InterruptedException | BrokenBarrierException e) {
                throw new IllegalStateException(e);
              }
            },
            Fanout.bounded(3),
            PLAN.keepingWarm(3));

    assertThat(real.tick(AMPLE).complete()).isTrue();

    assertThat(logged.toString(StandardCharsets.UTF_8))
        .contains("\"ResolversPinged\":3", "\"PingsFailed\":0");
  }

  @Test
  void aResolverThatCannotBeInvokedCostsTheTickNothing() {
    List<String> tenants = enrol(500);
    Resolvers failing =
        warmUp -> {
          throw new KeepwarmException(ErrorCode.DENIED, "injected");
        };

    Warmer.Tick tick = keepingWarm(failing, 2).tick(AMPLE);

    assertThat(tick).isEqualTo(new Warmer.Tick(SLOTS, 500, 0, true));
    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
    assertThat(logged.toString(StandardCharsets.UTF_8))
        .contains("resolver not kept warm", "DENIED", "\"PingsFailed\":2");
  }

  @Test
  void aTickThatFailsKeepsResolversWarmAllTheSame() {
    List<WarmUp> sent = new ArrayList<>();
    wheel.hooks().failWith(ErrorCode.UNAVAILABLE);

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> keepingWarm(sent::add, 1).tick(AMPLE));

    assertThat(sent).hasSize(1);
  }

  @Test
  void aTickInWhichNoSlotBeginsCostsOneRead() {
    List<String> unused = enrol(500);
    Warmer.Tick first = warmer.tick(AMPLE);
    forgetTraces();

    assertThat(warmer.tick(AMPLE)).isEqualTo(new Warmer.Tick(0, 0, 0, true));

    assertThat(first.complete()).isTrue();
    assertThat(wheel.hooks().count()).isEqualTo(1);
    assertThat(bus.hooks().count()).isZero();
  }

  @Test
  void theCursorIsMovedOnlyAfterTheEventsAreAccepted() {
    List<String> unused = enrol(500);
    List<String> calls = new ArrayList<>();
    bus.hooks().before(call -> calls.add(call.method()));
    wheel.hooks().before(call -> calls.add(call.method()));

    assertThat(warmer.tick(AMPLE).complete()).isTrue();

    calls.removeIf(call -> call.equals("slot"));
    assertThat(calls)
        .containsExactly(
            "cursor", "publish", "advance", "publish", "advance", "publish", "advance", "publish",
            "advance");
  }

  @Test
  void whatWasPublishedBeforeTheWarmerStoppedIsPublishedAgain() {
    List<String> tenants = enrol(500);
    wheel
        .hooks()
        .beforeNext(
            "advance",
            () -> {
              throw new IllegalStateException("the process stops here");
            });
    assertThatIllegalStateException().isThrownBy(() -> warmer.tick(AMPLE));
    Set<String> twice = new HashSet<>(published());
    assertThat(twice).isNotEmpty();
    bus.clear();

    assertThat(warmer.tick(AMPLE).complete()).isTrue();

    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants).containsAll(twice);
  }

  @Test
  void aCursorThatWasMovedWithoutAnAnswerDoesNotLoseATenant() {
    List<String> tenants = enrol(500);
    wheel.hooks().loseNextAnswer("advance", ErrorCode.TIMEOUT);
    assertThatExceptionOfType(KeepwarmException.class).isThrownBy(() -> warmer.tick(AMPLE));
    assertThat(logged.toString(StandardCharsets.UTF_8))
        .contains("\"event\":\"tick failed\",\"code\":\"TIMEOUT\",\"reason\":\"TIMEOUT: ");

    assertThat(warmer.tick(AMPLE).complete()).isTrue();

    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
  }

  @Test
  void aWheelThatDoesNotAnswerFailsTheTickAndLosesNoTenant() {
    List<String> tenants = enrol(500);
    wheel.hooks().failNext("slot", ErrorCode.UNAVAILABLE);
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> warmer.tick(AMPLE))
        .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code);
    assertThat(wheel.cursor()).isNull();

    assertThat(warmer.tick(AMPLE).complete()).isTrue();

    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
  }

  @Test
  void ofTwoWarmersBothPublishAndOneMovesTheCursor() {
    List<String> tenants = enrol(500);
    Warmer other = warmer(Duration.ZERO);
    wheel.hooks().beforeNext("advance", () -> assertThat(other.tick(AMPLE).complete()).isTrue());

    Warmer.Tick tick = warmer.tick(AMPLE);

    assertThat(tick).isEqualTo(new Warmer.Tick(0, countOfFirstChunk(), 0, true));
    assertThat(logged.toString(StandardCharsets.UTF_8)).contains("OVERTAKEN");
    assertThat(published()).containsAll(tenants);
    assertThat(new TreeSet<>(published())).hasSize(500);
    assertThat(wheel.cursor())
        .isEqualTo(new Wheel.Cursor(clock.millis() / SLOT_MILLIS, SLOT_MILLIS));
    forgetTraces();
    assertThat(warmer.tick(AMPLE).slots()).isZero();
  }

  @Test
  void anEventThatIsNotAcceptedInTimeFailsTheTickWithoutMovingTheCursor() {
    List<String> tenants = enrol(500);
    bus.refuseNext(1);
    AtomicInteger looks = new AtomicInteger();

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(
            () -> warmer.tick(() -> looks.getAndIncrement() < 1 ? AMPLE.getAsLong() : 4_999))
        .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code);
    assertThat(wheel.cursor()).isNull();
    assertThat(published()).as("the others of the chunk").isNotEmpty();
    bus.clear();

    assertThat(warmer.tick(AMPLE).complete()).isTrue();
    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
  }

  @Test
  void aBusThatTakesAFewEventsAtATimeGetsAllOfThemWithinTheTick() {
    Warmer oneSlot = warmer(bus, Warmer.Plan.turning(1, 10_000));
    List<String> tenants = enrolInFirstSlot(7 * Events.TENANTS);
    AtomicInteger refused = new AtomicInteger(7);
    bus.hooks().before(call -> bus.refuseNext(refused.decrementAndGet()));

    assertThat(oneSlot.tick(AMPLE)).isEqualTo(new Warmer.Tick(1, tenants.size(), 0, true));

    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
    assertThat(bus.hooks().count("publish")).isEqualTo(7);
  }

  @Test
  void aBusThatTakesNoMoreFailsTheTickWithoutMovingTheCursor() {
    Warmer oneSlot = warmer(bus, Warmer.Plan.turning(1, 10_000));
    List<String> unused = enrolInFirstSlot(7 * Events.TENANTS);
    bus.hooks().before(call -> bus.refuseNext(3));

    assertThatExceptionOfType(KeepwarmException.class).isThrownBy(() -> oneSlot.tick(AMPLE));

    assertThat(bus.hooks().count("publish")).isEqualTo(2);
    assertThat(wheel.cursor()).isNull();
  }

  @Test
  void aTickThatFailsKeepsTheChunksThatWereDone() {
    List<String> tenants = enrol(500);
    wheel.hooks().afterNext("advance", () -> bus.hooks().failNext("publish", ErrorCode.DENIED));
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> warmer.tick(AMPLE))
        .returns(ErrorCode.DENIED, KeepwarmException::code);
    assertThat(logged.toString(StandardCharsets.UTF_8))
        .contains("\"SlotsPublished\":" + Warmer.CHUNK);

    assertThat(warmer.tick(AMPLE).slots()).isEqualTo(SLOTS - Warmer.CHUNK);

    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
  }

  @Test
  void entriesThatEventBridgeRefusesAreSentAgain() {
    List<String> tenants = enrol(500);
    RefusingEventBridge eventBridge = new RefusingEventBridge();
    Warmer warmer =
        warmer(new EventBridgeBus(eventBridge, "bus", clock::advance, new Random(1)), PLAN);
    eventBridge.refuse(3);

    assertThat(warmer.tick(AMPLE).complete()).isTrue();

    assertThat(eventBridge.accepted()).containsExactlyInAnyOrderElementsOf(tenants);
    assertThat(eventBridge.refused()).isEqualTo(3);
  }

  @Test
  void entriesThatEventBridgeGoesOnRefusingFailTheTickWithoutMovingTheCursor() {
    List<String> tenants = enrol(500);
    RefusingEventBridge eventBridge = new RefusingEventBridge();
    Warmer warmer =
        warmer(new EventBridgeBus(eventBridge, "bus", clock::advance, new Random(1)), PLAN);
    eventBridge.refuse(Integer.MAX_VALUE);

    assertThatExceptionOfType(KeepwarmException.class).isThrownBy(() -> warmer.tick(AMPLE));

    assertThat(wheel.cursor()).isNull();
    eventBridge.refuse(0);
    assertThat(warmer.tick(AMPLE).complete()).isTrue();
    assertThat(eventBridge.accepted()).containsAll(tenants);
  }

  @Test
  void aTickStopsInTimeAndTheNextOneGoesOn() {
    List<String> tenants = enrol(500);

    Warmer.Tick first =
        warmer.tick(() -> wheel.hooks().count("advance") < 2 ? AMPLE.getAsLong() : 4_999);

    assertThat(first.complete()).isFalse();
    assertThat(first.slots()).isEqualTo(2 * Warmer.CHUNK);
    assertThat(logged.toString(StandardCharsets.UTF_8))
        .contains("tick stopped in time")
        .contains("\"SlotsLeft\":" + (SLOTS - 2 * Warmer.CHUNK));
    Warmer.Tick second = warmer.tick(AMPLE);
    assertThat(second.complete()).isTrue();
    assertThat(second.slots()).isEqualTo(SLOTS - 2 * Warmer.CHUNK);
    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
  }

  @Test
  void anOutageOfManyTurnsIsCaughtUpByExactlyOne() {
    List<String> tenants = enrol(500);
    Warmer.Tick unused = warmer.tick(AMPLE);
    forgetTraces();
    clock.advance(TURN.multipliedBy(17).plusMillis(1_234));

    assertThat(warmer.tick(AMPLE).slots()).isEqualTo(SLOTS);

    assertThat(wheel.hooks().count("slot")).isEqualTo(SLOTS);
    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
  }

  @Test
  void slotsOfAnotherLengthAreBegunWithAWholeTurn() {
    List<String> tenants = enrol(500);
    Warmer.Tick unused = warmer.tick(AMPLE);
    forgetTraces();

    Warmer.Tick tick = warmer(bus, Warmer.Plan.turning(SLOTS, 3 * SLOT_MILLIS)).tick(AMPLE);

    assertThat(tick.slots()).isEqualTo(SLOTS);
    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
    assertThat(wheel.cursor().slotMillis()).isEqualTo(3 * SLOT_MILLIS);
  }

  /** A tenant may be in a slot that the wheel no longer has. */
  @Test
  void slotsOfAnotherLengthLetTheTenantsBeDiscoveredAgain() {
    originals(1);
    Warmer.Tick unused = warmer(Duration.ofHours(1)).tick(AMPLE);
    forgetTraces();

    Warmer.Tick tick =
        warmer(bus, Warmer.Plan.turning(SLOTS, 3 * SLOT_MILLIS).discovering(Duration.ofHours(1)))
            .tick(AMPLE);

    assertThat(tick.complete()).isTrue();
    assertThat(source.hooks().count("tenants")).isEqualTo(1);
    assertThat(wheel.discovery()).isEqualTo(new Wheel.Discovery(clock.millis(), null));
  }

  @Test
  void aClockThatGoesBackALittlePublishesNothingTwice() {
    List<String> unused = enrol(500);
    Warmer.Tick first = warmer.tick(AMPLE);
    forgetTraces();

    clock.advance(TURN.dividedBy(-2));
    assertThat(warmer.tick(AMPLE).slots()).isZero();
    clock.advance(TURN.dividedBy(2));
    assertThat(warmer.tick(AMPLE).slots()).isZero();
    clock.advance(Duration.ofMillis(SLOT_MILLIS));
    assertThat(warmer.tick(AMPLE).slots()).isEqualTo(1);

    assertThat(first.complete()).isTrue();
  }

  @Test
  void aClockThatGoesBackByMoreThanATurnBeginsAnew() {
    List<String> tenants = enrol(500);
    clock.advance(Duration.ofDays(365));
    Warmer.Tick unused = warmer.tick(AMPLE);
    forgetTraces();
    clock.advance(Duration.ofDays(-365));

    assertThat(warmer.tick(AMPLE).slots()).isEqualTo(SLOTS);

    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
    assertThat(warmer.tick(AMPLE).slots()).isZero();
  }

  @Test
  void whatATickCostsFollowsWhatIsDueAndNotWhatExists() {
    List<Integer> requests = new ArrayList<>();
    Warmer.Tick first = warmer.tick(AMPLE);
    clock.advance(Duration.ofMillis(4 * SLOT_MILLIS));
    long last = clock.millis() / SLOT_MILLIS;
    Set<Integer> due = new HashSet<>();
    for (long absolute = last - 3; absolute <= last; absolute++) {
      due.add((int) (absolute % SLOTS));
    }
    enrol(tenants().filter(tenant -> due.contains(Wheel.slotOf(tenant, SLOTS))).limit(10).toList());
    Wheel.Cursor before = wheel.cursor();
    for (int others : new int[] {990, 99_000}) {
      enrol(
          tenants()
              .filter(tenant -> !due.contains(Wheel.slotOf(tenant, SLOTS)))
              .skip(wheel.enrolled().size() - 10)
              .limit(others)
              .toList());
      assertThat(wheel.advance(wheel.cursor(), before)).isTrue();
      forgetTraces();

      assertThat(warmer.tick(AMPLE)).isEqualTo(new Warmer.Tick(4, 10, 0, true));

      assertThat(wheel.hooks().count("slot")).isEqualTo(4);
      assertThat(bus.published()).hasSize(1);
      requests.add(wheel.hooks().count() + bus.hooks().count() + source.hooks().count());
    }
    assertThat(first.complete()).isTrue();
    assertThat(wheel.enrolled()).hasSize(100_000);
    assertThat(requests).containsExactly(7, 7);
  }

  @Test
  void anEventNamesTwentyFiveTenantsAtMost() {
    Warmer oneSlot = warmer(bus, Warmer.Plan.turning(1, 10_000));
    List<String> unused = enrolInFirstSlot(60);

    assertThat(oneSlot.tick(AMPLE).tenants()).isEqualTo(60);

    assertThat(bus.published(Event.TenantsDue.class))
        .extracting(event -> event.tenants().size())
        .containsExactly(25, 25, 10);
    assertThat(bus.hooks().count("publish")).isEqualTo(1);
  }

  @Test
  void aRequestHasTenEventsAtMost() {
    Warmer oneSlot = warmer(bus, Warmer.Plan.turning(1, 10_000));
    List<String> tenants = enrolInFirstSlot(10 * Events.TENANTS + 1);

    assertThat(oneSlot.tick(AMPLE).tenants()).isEqualTo(tenants.size());

    assertThat(bus.hooks().count("publish")).isEqualTo(2);
    assertThat(bus.published()).hasSize(11);
  }

  @Test
  void noRequestIsEmpty() {
    assertThat(warmer.tick(AMPLE)).isEqualTo(new Warmer.Tick(SLOTS, 0, 0, true));
    assertThat(bus.hooks().count()).isZero();

    Warmer oneSlot = warmer(bus, Warmer.Plan.turning(1, 10_000));
    List<String> tenants = enrolInFirstSlot(10 * Events.TENANTS);

    assertThat(oneSlot.tick(AMPLE).tenants()).isEqualTo(tenants.size());

    assertThat(bus.hooks().count("publish")).isEqualTo(1);
    assertThat(bus.published()).hasSize(10);
  }

  @Test
  void aTickGoesOnWithNoMoreThanItsReserve() {
    originals(3);
    Warmer oneSlot = warmer(bus, Warmer.Plan.turning(1, 10_000).discovering(Duration.ofHours(1)));
    List<String> tenants = enrolInFirstSlot(7 * Events.TENANTS);
    AtomicInteger refused = new AtomicInteger(7);
    bus.hooks().before(call -> bus.refuseNext(refused.decrementAndGet()));

    Warmer.Tick tick = oneSlot.tick(() -> Warmer.RESERVE_MILLIS);

    assertThat(tick.complete()).isTrue();
    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
    assertThat(wheel.discovery()).isEqualTo(new Wheel.Discovery(clock.millis(), null));
  }

  @Test
  void theBusHasLessTimeThanTheTick() {
    List<String> unused = enrol(1);
    List<Duration> patience = new ArrayList<>();
    EventBus watched =
        (events, within) -> {
          patience.add(within);
          return bus.publish(events, within);
        };

    assertThat(warmer(watched, PLAN).tick(AMPLE).complete()).isTrue();

    assertThat(patience)
        .singleElement()
        .satisfies(within ->
            assertThat(within).isPositive().isLessThan(Duration.ofMillis(AMPLE.getAsLong())));
  }

  @Test
  void discoveryEnrolsWhatNobodyHasToldOf() {
    originals(2_500);
    enrol(List.of("tenant-7"));
    Warmer discovering = warmer(Duration.ofHours(1));

    Warmer.Tick tick = discovering.tick(AMPLE);

    assertThat(tick.discovered()).isEqualTo(2_499);
    assertThat(tick.complete()).isTrue();
    assertThat(wheel.enrolled()).hasSize(2_500);
    assertThat(source.hooks().count("tenants")).isEqualTo(3);
    assertThat(wheel.discovery()).isEqualTo(new Wheel.Discovery(clock.millis(), null));
  }

  @Test
  void discoveryBeginsAgainWhenItIsTime() {
    originals(3);
    Warmer discovering = warmer(Duration.ofHours(1));
    Warmer.Tick unused = discovering.tick(AMPLE);
    original("late");
    source.hooks().resetCounts();

    clock.advance(Duration.ofHours(1).minusMillis(1));
    assertThat(discovering.tick(AMPLE))
        .returns(0L, Warmer.Tick::discovered)
        .returns(true, Warmer.Tick::complete);
    assertThat(source.hooks().count()).isZero();

    clock.advance(Duration.ofMillis(1));
    assertThat(discovering.tick(AMPLE).discovered()).isEqualTo(1);
    assertThat(wheel.isEnrolled("late")).isTrue();
  }

  @Test
  void discoveryStopsInTimeAndGoesOnWhereItWas() {
    originals(2_500);
    Warmer discovering = warmer(Duration.ofHours(1));
    Warmer.Tick unused = warmer.tick(AMPLE);
    long began = clock.millis();
    AtomicInteger looks = new AtomicInteger();

    Warmer.Tick first = discovering.tick(() -> looks.getAndIncrement() < 1 ? AMPLE.getAsLong() : 0);
    assertThat(first.complete()).isFalse();
    assertThat(first.discovered()).isEqualTo(1_000);

    clock.advance(Duration.ofMinutes(1));
    Warmer.Tick second = discovering.tick(AMPLE);
    assertThat(second.complete()).isTrue();
    assertThat(second.discovered()).isEqualTo(1_500);
    assertThat(source.hooks().count("tenants")).isEqualTo(3);
    assertThat(wheel.discovery()).isEqualTo(new Wheel.Discovery(began, null));
  }

  @Test
  void discoveryThatStoppedBetweenTwoStepsRepeatsAPage() {
    originals(2_500);
    Warmer discovering = warmer(Duration.ofHours(1));
    wheel.hooks().failNext("putDiscovery", ErrorCode.UNAVAILABLE);
    assertThatExceptionOfType(KeepwarmException.class).isThrownBy(() -> discovering.tick(AMPLE));

    assertThat(discovering.tick(AMPLE).complete()).isTrue();

    assertThat(wheel.enrolled()).hasSize(2_500);
  }

  @Test
  void aTenantThatCouldNotBeEnrolledIsDiscoveredAgain() {
    originals(2_500);
    Warmer discovering = warmer(Duration.ofHours(1));
    wheel.hooks().failNext("enrol", ErrorCode.UNAVAILABLE);
    assertThatExceptionOfType(KeepwarmException.class).isThrownBy(() -> discovering.tick(AMPLE));

    assertThat(discovering.tick(AMPLE).complete()).isTrue();

    assertThat(wheel.enrolled()).hasSize(2_500);
  }

  @Test
  void discoveryCanBeOff() {
    originals(3);

    assertThat(warmer(Duration.ZERO).tick(AMPLE).discovered()).isZero();

    assertThat(source.hooks().count()).isZero();
    assertThat(wheel.discovery()).isNull();
  }

  @Test
  void aSourceThatIsDownDoesNotKeepTenantsFromBeingPublished() {
    List<String> tenants = enrol(500);
    source.hooks().failWith(ErrorCode.UNAVAILABLE);

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> warmer(Duration.ofHours(1)).tick(AMPLE));

    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
    assertThat(wheel.cursor()).isNotNull();
    assertThat(logged.toString(StandardCharsets.UTF_8)).contains("\"TenantsPublished\":500");
  }

  @Test
  void slotsAreReadSideBySide() {
    List<String> tenants = enrol(500);
    Warmer parallel = warmer(bus, Resolvers.NONE, Fanout.bounded(8), PLAN);

    assertThat(parallel.tick(AMPLE).complete()).isTrue();

    assertThat(published()).containsExactlyInAnyOrderElementsOf(tenants);
  }

  private long countOfFirstChunk() {
    long first = clock.millis() / SLOT_MILLIS - SLOTS + 1;
    Set<Integer> chunk = new HashSet<>();
    for (long absolute = first; absolute < first + Warmer.CHUNK; absolute++) {
      chunk.add((int) (absolute % SLOTS));
    }
    return wheel.enrolled().stream()
        .filter(tenant -> chunk.contains(Wheel.slotOf(tenant, SLOTS)))
        .count();
  }

  private void forgetTraces() {
    wheel.hooks().resetCounts();
    bus.hooks().resetCounts();
    source.hooks().resetCounts();
    bus.clear();
    logged.reset();
  }

  private List<String> published() {
    return bus.published(Event.TenantsDue.class).stream()
        .flatMap(event -> event.tenants().stream())
        .toList();
  }

  private static Stream<String> tenants() {
    return IntStream.iterate(0, i -> i + 1).mapToObj(i -> "tenant-" + i);
  }

  private List<String> enrol(int count) {
    List<String> tenants = tenants().limit(count).toList();
    enrol(tenants);
    return tenants;
  }

  private List<String> enrolInFirstSlot(int count) {
    List<String> tenants =
        tenants().filter(tenant -> Wheel.slotOf(tenant, SLOTS) == 0).limit(count).toList();
    enrol(tenants);
    return tenants;
  }

  private void enrol(Collection<String> tenants) {
    tenants.forEach(tenant -> assertThat(wheel.enrol(tenant)).isTrue());
  }

  private void originals(int count) {
    tenants().limit(count).forEach(this::original);
  }

  private void original(String tenant) {
    source.put(new CredentialId(tenant, "n"), "profile", "ciphertext", 1);
  }
}
