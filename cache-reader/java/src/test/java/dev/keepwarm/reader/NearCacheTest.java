package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.TAX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.ManualClock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NearCacheTest {
  private final ManualClock clock = new ManualClock();
  private final AtomicLong ticks = new AtomicLong(Long.MAX_VALUE - 7);
  private final Clocks clocks = new Clocks(clock, ticks::get);
  private final NearCache near = near(Duration.ofSeconds(30), 100);

  @Test
  void doesNotKeepTheDeadInMemory() {
    keep(near, BANK, Duration.ofMinutes(2));
    pass(Duration.ofMinutes(2));
    assertThat(near.find(BANK)).as("nothing looked up meanwhile").isNotNull();
    keep(near, TAX, Duration.ofMinutes(2));
    assertThat(near.find(BANK)).isNull();
    assertThat(near.find(TAX)).isNotNull();
  }

  @Test
  void keepsAtMostItsSize() {
    NearCache small = near(Duration.ofSeconds(30), 3);
    IntStream.range(0, 100)
        .forEach(i -> keep(small, new CredentialId("acme", "n" + i), Duration.ofMinutes(2)));
    await()
        .until(() ->
            IntStream.range(0, 100)
                    .filter(i -> small.find(new CredentialId("acme", "n" + i)) != null)
                    .count()
                <= 3);
  }

  @Test
  void countsALargeCredentialAsSeveral() {
    NearCache small = near(Duration.ofSeconds(30), 16);
    for (int i = 0; i < 100; i++) {
      CredentialId id = new CredentialId("acme", "n" + i);
      long hardExpiresAt = clock.millis() + 60_000;
      small.keep(
          id,
          small.entry(
              new Found.Usable(
                  new Credential(
                      id, 1, hardExpiresAt, hardExpiresAt, new byte[16384], Credential.NO_BINDING)),
              clocks.now()),
          small.epochs().of(id));
    }
    // 16 times 4 KB are four times 16 KB.
    assertThat(
            IntStream.range(0, 100)
                .filter(i -> small.find(new CredentialId("acme", "n" + i)) != null)
                .count())
        .isBetween(1L, 4L);
  }

  @Test
  void keepsOneThatIsLargerThanItsSizeByItself() {
    NearCache small = near(Duration.ofSeconds(30), 1);
    long hardExpiresAt = clock.millis() + 60_000;
    small.keep(
        BANK,
        small.entry(
            new Found.Usable(
                new Credential(
                    BANK, 1, hardExpiresAt, hardExpiresAt, new byte[65536], Credential.NO_BINDING)),
            clocks.now()),
        small.epochs().of(BANK));
    assertThat(small.find(BANK)).isNotNull();
  }

  @Test
  void keepsNothingIfItIsOff() {
    NearCache off = near(Duration.ZERO, 100);
    keep(off, BANK, Duration.ofMinutes(2));
    assertThat(off.find(BANK)).isNull();
  }

  @Test
  void survivesARetryAtBeyondAllMeasure() {
    for (long retryAt : new long[] {Long.MAX_VALUE, Long.MIN_VALUE, 0}) {
      near.keep(BANK, near.entry(refusal(retryAt), clocks.now()), near.epochs().of(BANK));
      NearEntry kept = near.find(BANK);
      assertThat(kept).isNotNull();
      assertThat(kept.isFresh(ticks.get(), clock.millis())).isEqualTo(retryAt > clock.millis());
    }
  }

  private NearCache near(Duration ttl, int size) {
    return new NearCache(ttl, size, clocks);
  }

  private void keep(NearCache cache, CredentialId id, Duration life) {
    long hardExpiresAt = clock.millis() + life.toMillis();
    Credential credential =
        new Credential(id, 1, hardExpiresAt, hardExpiresAt, new byte[1], Credential.NO_BINDING);
    cache.keep(id, cache.entry(new Found.Usable(credential), clocks.now()), cache.epochs().of(id));
  }

  private static Refusal refusal(long retryAt) {
    return new Refusal(ErrorCode.NOT_FOUND, "NOT_FOUND", retryAt);
  }

  private void pass(Duration duration) {
    clock.advance(duration);
    ticks.addAndGet(duration.toNanos());
  }
}
