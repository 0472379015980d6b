package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Serving past soft expiry, in outages, and when clocks move. */
class StaleTest {
  private static final Duration SOFT = Duration.ofMillis(ReaderWorld.LIFETIMES.soft());
  private static final Duration HARD = Duration.ofMillis(ReaderWorld.LIFETIMES.hard());

  private final ReaderWorld world = new ReaderWorld();
  private final KeepwarmReader reader = world.reader;

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void looksUpAgainInTheBackgroundPastSoftExpiry() {
    world.table.plant(world.ready(BANK, 1, "old"));
    world.pass(SOFT);
    reader.get(BANK);
    world.table.plant(world.ready(BANK, 2, "new"));

    world.pass(ReaderWorld.NEAR_TTL.dividedBy(2));
    assertThat(reader.get(BANK).text()).as("served without waiting").isEqualTo("old");

    await().untilAsserted(() -> assertThat(reader.get(BANK).text()).isEqualTo("new"));
    assertThat(reader.stats().refreshes()).isEqualTo(1);
    assertThat(world.reads()).isEqualTo(2);
  }

  @Test
  void looksUpInTheBackgroundOnceANearPeriod() {
    world.table.plant(world.ready(BANK, 1, "value"));
    world.pass(SOFT);
    reader.get(BANK);
    world.pass(ReaderWorld.NEAR_TTL.dividedBy(2));
    CountDownLatch release = new CountDownLatch(1);
    world.table.hooks().before(call -> awaitUninterrupted(release));

    for (int i = 0; i < 100; i++) {
      reader.get(BANK);
    }
    release.countDown();
    world.settle();
    reader.get(BANK);

    assertThat(reader.stats().refreshes()).isEqualTo(1);
    assertThat(world.reads()).isEqualTo(2);
  }

  @Test
  void doesNotLookUpInTheBackgroundRightAfterALookupNorBeforeSoftExpiry() {
    world.table.plant(world.ready(BANK, 1, "value"));
    reader.get(BANK);
    world.pass(ReaderWorld.NEAR_TTL.dividedBy(2));
    reader.get(BANK);
    world.pass(SOFT);
    reader.get(BANK);
    reader.get(BANK);

    assertThat(reader.stats().refreshes()).isZero();
    assertThat(world.reads()).isEqualTo(2);
  }

  @Test
  void boundsLookupsInTheBackground() {
    CountDownLatch release = new CountDownLatch(1);
    for (int i = 0; i < 100; i++) {
      world.table.plant(world.ready(new CredentialId("acme", "n" + i), 1, "value"));
    }
    world.pass(SOFT);
    for (int i = 0; i < 100; i++) {
      reader.get("acme", "n" + i);
    }
    world.pass(ReaderWorld.NEAR_TTL.dividedBy(2));
    world.table.hooks().before(call -> awaitUninterrupted(release));
    for (int i = 0; i < 100; i++) {
      reader.get("acme", "n" + i);
    }
    assertThat(reader.stats().refreshes()).isEqualTo(32);
    release.countDown();
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {"UNAVAILABLE", "TIMEOUT"})
  void servesTheNearEntryUntilItsHardExpiryWhileTheTableFails(ErrorCode code) {
    world.table.plant(world.ready(BANK, 1, "value"));
    reader.get(BANK);
    world.table.hooks().failWith(code);

    world.pass(ReaderWorld.NEAR_TTL);
    assertThat(reader.get(BANK).text()).isEqualTo("value");
    world.pass(HARD.minus(ReaderWorld.NEAR_TTL).minusMillis(1));
    assertThat(reader.get(BANK).text()).isEqualTo("value");
    assertThat(reader.stats().staleServed()).isEqualTo(2);
    assertThat(reader.stats().outages()).isEqualTo(2);
    assertThat(reader.stats().nearHits()).isZero();

    world.pass(Duration.ofMillis(1));
    assertFails(code, () -> reader.get(BANK));
  }

  @Test
  void asksAFailingTableOnlyNowAndThen() {
    world.table.plant(world.ready(BANK, 1, "value"));
    reader.get(BANK);
    world.tableFails();
    world.pass(ReaderWorld.NEAR_TTL);
    for (int i = 0; i < 10; i++) {
      reader.get(BANK);
    }
    assertThat(world.reads()).isEqualTo(2);
    assertThat(reader.stats().staleServed()).isEqualTo(10);

    world.table.plant(world.ready(BANK, 2, "new"));
    world.tableRecovers();
    world.pass(ReaderWorld.NEAR_TTL.dividedBy(6));
    assertThat(reader.get(BANK).text()).isEqualTo("new");
  }

  @Test
  void doesNotServeTheNearEntryToWhomTheTableRefuses() {
    world.table.plant(world.ready(BANK, 1, "value"));
    reader.get(BANK);
    world.table.hooks().failWith(ErrorCode.DENIED);
    world.pass(ReaderWorld.NEAR_TTL);
    assertFails(ErrorCode.DENIED, () -> reader.get(BANK));

    world.tableFails();
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
  }

  @ParameterizedTest
  @ValueSource(strings = {"table", "keys"})
  void aDeniedReadEndsAnOutageThatIsBridged(String part) {
    world.table.plant(world.ready(BANK, 1, "value"));
    reader.get(BANK);
    world.tableFails();
    world.pass(ReaderWorld.NEAR_TTL);
    assertThat(reader.get(BANK).text()).isEqualTo("value");

    world.tableRecovers();
    world.changeDataKey("acme");
    world.table.plant(world.ready(BANK, 1, "value"));
    (part.equals("table") ? world.table.hooks() : world.keys.hooks()).failWith(ErrorCode.DENIED);
    world.pass(ReaderWorld.NEAR_TTL.dividedBy(6));
    assertFails(ErrorCode.DENIED, () -> reader.get(BANK));

    world.tableFails();
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
  }

  @Test
  void aDeniedLookupInTheBackgroundDropsTheNearEntry() {
    world.table.plant(world.ready(BANK, 1, "value"));
    world.pass(SOFT);
    reader.get(BANK);
    world.pass(ReaderWorld.NEAR_TTL.dividedBy(2));
    world.table.hooks().failWith(ErrorCode.DENIED);
    reader.get(BANK);
    world.settle();
    assertFails(ErrorCode.DENIED, () -> reader.get(BANK));
  }

  @Test
  void doesNotServeTheNearEntryOnceTheTableHasSaidOtherwise() {
    world.table.plant(world.ready(BANK, 1, "value"));
    reader.get(BANK);
    world.table.plant(world.tombstone(BANK));
    world.resolver.refuse(ErrorCode.UNAVAILABLE);
    world.pass(ReaderWorld.NEAR_TTL);
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));

    world.tableFails();
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
  }

  @Test
  void doesNotServeWhatWasValidBeforeARevocationInAnOutageAfterIt() {
    world.table.plant(world.ready(BANK, 1, "value"));
    reader.get(BANK);
    world.table.plant(world.revoked(BANK, Duration.ofMinutes(1)));
    world.pass(ReaderWorld.NEAR_TTL);
    assertFails(ErrorCode.REVOKED, () -> reader.get(BANK));

    world.tableFails();
    world.pass(ReaderWorld.NEAR_TTL);
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
  }

  @Test
  void servesTheNearEntryWhileKmsFailsIfTheTableConfirmsItsVersion() {
    world.table.plant(world.ready(BANK, 1, "value"));
    reader.get(BANK);
    world.keys.hooks().failWith(ErrorCode.UNAVAILABLE);
    world.changeDataKey("acme");
    world.keys.hooks().clear();
    world.table.plant(world.ready(BANK, 1, "value"));
    world.keys.hooks().failWith(ErrorCode.UNAVAILABLE);
    world.pass(ReaderWorld.NEAR_TTL);
    assertThat(reader.get(BANK).text()).isEqualTo("value");
    assertThat(reader.stats().outages()).isEqualTo(1);

    world.keys.hooks().clear();
    world.table.plant(world.ready(BANK, 2, "new"));
    world.changeDataKey("acme");
    world.table.plant(world.ready(BANK, 2, "new"));
    world.keys.hooks().failWith(ErrorCode.UNAVAILABLE);
    world.pass(ReaderWorld.NEAR_TTL);
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
  }

  @Test
  void servesTheNearEntryAtTheDeadlineIfTheTableHangs() {
    world.table.plant(world.ready(BANK, 1, "value"));
    reader.get(BANK);
    world.pass(ReaderWorld.NEAR_TTL);
    hangTheTable();

    assertThat(reader.get(BANK).text()).isEqualTo("value");
    assertThat(reader.stats().staleServed()).isEqualTo(1);
    assertThat(reader.stats().timeouts()).isEqualTo(1);
  }

  @Test
  void timesOutIfTheTableHangsAndNothingIsNear() {
    hangTheTable();
    assertFails(ErrorCode.TIMEOUT, () -> reader.get(BANK));
    assertFails(ErrorCode.TIMEOUT, () -> reader.getAll("acme"));
  }

  @Test
  void neverServesPastHardExpiryHoweverTheLookupGoes() {
    world.table.plant(world.ready(BANK, 1, "value"));
    world.pass(HARD.minusMillis(1));
    world.resolver.refuse(ErrorCode.UNAVAILABLE);
    // It expires while KMS unwraps its key.
    world.keys.hooks().afterNext("unwrap", () -> world.pass(Duration.ofMillis(1)));
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
    assertThat(world.resolver.requests()).hasSize(1);
  }

  @Test
  void neverServesPastHardExpiryInTheMiddleOfAnOutage() {
    world.table.plant(world.ready(BANK, 1, "value"));
    reader.get(BANK);
    world.pass(HARD.minusMillis(1));
    world
        .table
        .hooks()
        .before(call -> {
          world.pass(Duration.ofMillis(1));
          throw new dev.keepwarm.core.KeepwarmException(ErrorCode.UNAVAILABLE, "down");
        });
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
  }

  @Test
  void asksTheTableAgainInTimeAlthoughTheWallClockWentBack() {
    world.table.plant(world.ready(BANK, 1, "old"));
    reader.get(BANK);
    world.table.plant(world.ready(BANK, 2, "new"));
    world.clock.advance(Duration.ofHours(-1));

    world.ticks.addAndGet(ReaderWorld.NEAR_TTL.toNanos());
    assertThat(reader.get(BANK).text()).isEqualTo("new");
  }

  @Test
  void forgetsTheNearEntryInTimeAlthoughTheWallClockWentBack() {
    world.table.plant(world.ready(BANK, 1, "value"));
    reader.get(BANK);
    world.clock.advance(Duration.ofHours(-1));
    world.ticks.addAndGet(HARD.toNanos());
    world.tableFails();
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
  }

  @Test
  void refusesAFreshEntryAfterTheWallClockJumpedPastItsHardExpiry() {
    world.table.plant(world.ready(BANK, 1, "old"));
    reader.get(BANK);
    world.clock.advance(HARD);
    world.resolver.answer(world.ready(BANK, 2, "new"));
    assertThat(reader.get(BANK).text()).isEqualTo("new");
  }

  /** The table does not answer, and the deadline passes during the call. */
  private void hangTheTable() {
    world
        .table
        .hooks()
        .before(call -> {
          world.alarms.ring();
          awaitUninterrupted(new CountDownLatch(1));
        });
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new dev.keepwarm.core.KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
  }
}
