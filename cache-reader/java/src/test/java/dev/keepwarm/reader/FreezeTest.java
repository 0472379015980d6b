package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A Lambda function is frozen between its invocations. When it thaws, its timers are overdue, and
 * elapsed time may have stood still. A value that was changed meanwhile must not live on for that.
 */
class FreezeTest {
  private static final Duration SOFT = Duration.ofMillis(ReaderWorld.LIFETIMES.soft());
  private static final Duration TEN_MINUTES = Duration.ofMinutes(10);

  /** Which clocks go on while the process is frozen. */
  enum Freeze {
    BOTH_GO_ON(ReaderWorld::pass),
    ELAPSED_TIME_STANDS_STILL((world, time) -> world.clock.advance(time)),
    THE_WALL_CLOCK_STANDS_STILL((world, time) -> world.ticks.addAndGet(time.toNanos()));

    private final BiConsumer<ReaderWorld, Duration> passes;

    Freeze(BiConsumer<ReaderWorld, Duration> passes) {
      this.passes = passes;
    }

    void freeze(ReaderWorld world, Duration time) {
      passes.accept(world, time);
    }
  }

  /** How many threads of the reader are busy. */
  private final AtomicInteger busy = new AtomicInteger();

  private final ReaderWorld world =
      new ReaderWorld(builder -> builder.threads(Executors.newThreadPerTaskExecutor(this::thread)));
  private final KeepwarmReader reader = world.reader;
  private final CountDownLatch never = new CountDownLatch(1);

  @AfterEach
  void close() {
    world.close();
  }

  @ParameterizedTest
  @EnumSource(Freeze.class)
  void anOverdueDeadlineSaysNothingAboutTheTable(Freeze freeze) {
    lookUpInTheBackground();
    world.alarms.ringOnce();
    freeze.freeze(world, TEN_MINUTES);
    world.alarms.ring();
    theLookupEnds();

    assertThat(reader.stats().outages()).isZero();
    theNextGetReadsTheTable();
  }

  @ParameterizedTest
  @EnumSource(Freeze.class)
  void theNextGetDoesNotWaitForALookupFromBeforeAFreeze(Freeze freeze) {
    lookUpInTheBackground();
    freeze.freeze(world, TEN_MINUTES);
    theNextGetReadsTheTable();
  }

  @Test
  void aFreezeShorterThanTheDeadlineIsNoOutageEither() {
    lookUpInTheBackground();
    world.alarms.ringOnce();
    // One alarm of eight, which stand 250 ms apart, comes a second late.
    world.pass(Duration.ofMillis(1250));
    world.alarms.ring();
    theLookupEnds();
    assertThat(reader.stats().outages()).isZero();
  }

  @Test
  void alarmsThatAreALittleLateAreThoseOfABusyMachine() {
    lookUpInTheBackground();
    for (int part = 0; part < Deadline.PARTS; part++) {
      world.pass(Duration.ofMillis(450));
      world.alarms.ringOnce();
    }
    await().untilAsserted(() -> assertThat(reader.stats().outages()).isEqualTo(1));
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {"UNAVAILABLE", "TIMEOUT", "DENIED"})
  void whatFailsBecauseOfAFreezeIsATimeout(ErrorCode code) {
    world.table.plant(world.ready(BANK, 1, "old"));
    reader.get(BANK);
    world.pass(ReaderWorld.NEAR_TTL);
    world
        .table
        .hooks()
        .before(call -> {
          // The connection breaks, or the signature has expired when the request arrives.
          world.pass(TEN_MINUTES);
          throw new KeepwarmException(code, "told so");
        });

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> reader.get(BANK))
        .withMessageContaining("the process was frozen meanwhile")
        .returns(ErrorCode.TIMEOUT, KeepwarmException::code);
    assertThat(reader.stats().outages()).isZero();
    assertThat(reader.stats().staleServed()).isZero();
    theNextGetReadsTheTable();
  }

  @Test
  void getAllCountsNoOutageForAFreeze() {
    world
        .table
        .hooks()
        .before(call -> {
          world.pass(TEN_MINUTES);
          throw new KeepwarmException(ErrorCode.UNAVAILABLE, "told so");
        });
    assertFails(ErrorCode.TIMEOUT, () -> reader.getAll("acme"));
    assertThat(reader.stats().outages()).isZero();
  }

  @ParameterizedTest
  @EnumSource(Freeze.class)
  void aNearEntryAgesByBothClocks(Freeze freeze) {
    world.table.plant(world.ready(BANK, 1, "old"));
    reader.get(BANK);
    freeze.freeze(world, ReaderWorld.NEAR_TTL);
    theNextGetReadsTheTable();
  }

  @ParameterizedTest
  @ValueSource(longs = {-3_600_000, -1, 0})
  void aWallClockThatGoesBackProlongsNothing(long shift) {
    world.table.plant(world.ready(BANK, 1, "old"));
    reader.get(BANK);
    world.clock.advance(Duration.ofMillis(shift));
    world.ticks.addAndGet(ReaderWorld.NEAR_TTL.toNanos());
    theNextGetReadsTheTable();
  }

  @ParameterizedTest
  @EnumSource(Freeze.class)
  void aProlongationAgesByBothClocks(Freeze freeze) {
    world.table.plant(world.ready(BANK, 1, "old"));
    reader.get(BANK);
    world.pass(ReaderWorld.NEAR_TTL);
    world.tableFails();
    assertThat(reader.get(BANK).text()).isEqualTo("old");
    world.tableRecovers();
    freeze.freeze(world, ReaderWorld.NEAR_TTL.dividedBy(NearCache.SHORTER));
    theNextGetReadsTheTable();
  }

  @ParameterizedTest
  @EnumSource(Freeze.class)
  void aDataKeyAgesByBothClocks(Freeze freeze) {
    try (KeepwarmReader other = world.builder().dataKeyTtl(Duration.ofMinutes(1)).build()) {
      world.table.plant(world.ready(BANK, 1, "old"));
      other.get(BANK);
      freeze.freeze(world, Duration.ofMinutes(1).minusMillis(1));
      other.get(BANK);
      assertThat(world.unwraps()).isEqualTo(1);
      other.forget(BANK);
      freeze.freeze(world, Duration.ofMillis(1));
      other.get(BANK);
      assertThat(world.unwraps()).isEqualTo(2);
    }
  }

  /** A background lookup of {@code old} that the table does not answer. */
  private void lookUpInTheBackground() {
    world.table.plant(world.ready(BANK, 1, "old"));
    world.pass(SOFT);
    reader.get(BANK);
    world.pass(ReaderWorld.NEAR_TTL.dividedBy(2));
    AtomicInteger asked = new AtomicInteger();
    world
        .table
        .hooks()
        .before(call -> {
          asked.incrementAndGet();
          hold(never);
        });
    assertThat(reader.get(BANK).text()).isEqualTo("old");
    await().until(() -> asked.get() == 1);
  }

  /** The work at the deadline does not run on the alarms' thread. */
  private void theLookupEnds() {
    await().until(() -> reader.stats().timeouts() == 1 && busy.get() == 0);
  }

  private Thread thread(Runnable task) {
    busy.incrementAndGet();
    return new Thread(() -> {
      try {
        task.run();
      } finally {
        busy.decrementAndGet();
      }
    });
  }

  private void theNextGetReadsTheTable() {
    world.table.hooks().clear();
    world.table.plant(world.ready(BANK, 2, "new"));
    assertThat(reader.get(BANK).text()).isEqualTo("new");
  }

  private static void hold(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
  }
}
