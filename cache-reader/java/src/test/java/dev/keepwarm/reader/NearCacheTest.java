package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.TAX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.ManualClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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

  @Test
  void countsEachFourKilobytesThatHaveBegun() {
    assertThat(heldOfTwo(0)).isEqualTo(2);
    assertThat(heldOfTwo(4096)).isEqualTo(2);
    assertThat(heldOfTwo(4097)).isEqualTo(1);
  }

  /** How many of two credentials of that length fit into a cache of size two. */
  private long heldOfTwo(int length) {
    NearCache small = near(Duration.ofSeconds(30), 2);
    for (CredentialId id : List.of(BANK, TAX)) {
      Found found = new Found.Usable(credential(id, Duration.ofMinutes(2), length));
      small.keep(id, small.entry(found, clocks.now()), small.epochs().of(id));
    }
    return Stream.of(BANK, TAX).filter(id -> small.find(id) != null).count();
  }

  @Test
  void looksForTheDeadOnceAMinute() {
    for (int minute = 1; minute <= 3; minute++) {
      keep(near, BANK, Duration.ofSeconds(30));
      pass(Duration.ofMinutes(1).minusNanos(1));
      keep(near, TAX, Duration.ofMinutes(5));
      assertThat(near.find(BANK)).as("minute " + minute).isNotNull();
      pass(Duration.ofNanos(1));
      keep(near, TAX, Duration.ofMinutes(5));
      assertThat(near.find(BANK)).as("minute " + minute).isNull();
    }
  }

  @Test
  void anEntryIsFreshForItsTimeByEachClock() {
    NearEntry entry = near.entry(usable(Duration.ofMinutes(15)), clocks.now());
    long tick = ticks.get();
    long millis = clock.millis();

    assertThat(entry.isFresh(tick + seconds(30) - 1, millis)).isTrue();
    assertThat(entry.isFresh(tick + seconds(30), millis)).isFalse();
    assertThat(entry.isFresh(tick, millis + 29_999)).isTrue();
    assertThat(entry.isFresh(tick, millis + 30_000)).isFalse();
  }

  @Test
  void aRefusalIsFreshForASixthAndNoLongerThanItSays() {
    NearEntry entry = near.entry(refusal(clock.millis() + 60_000), clocks.now());
    NearEntry soonOver = near.entry(refusal(clock.millis() + 10), clocks.now());
    long tick = ticks.get();
    long millis = clock.millis();

    assertThat(entry.isFresh(tick + seconds(5) - 1, millis)).isTrue();
    assertThat(entry.isFresh(tick + seconds(5), millis)).isFalse();
    assertThat(soonOver.isFresh(tick, millis + 9)).isTrue();
    assertThat(soonOver.isFresh(tick, millis + 10)).isFalse();
  }

  @Test
  void anEntryLivesUntilItsHardExpiryByEachClock() {
    NearEntry entry = near.entry(usable(Duration.ofMinutes(15)), clocks.now());
    long tick = ticks.get();
    long millis = clock.millis();

    assertThat(entry.isLive(tick, millis + 900_000 - 1)).isTrue();
    assertThat(entry.isLive(tick, millis + 900_000)).isFalse();
    assertThat(entry.isLive(tick + seconds(900) - 1, millis)).isTrue();
    assertThat(entry.isLive(tick + seconds(900), millis)).isFalse();
  }

  @Test
  void oneCallerRefreshesPastSoftExpiryAndHalfOfTheTime() {
    long tick = ticks.get();
    long soft = clock.millis() + 20_000;
    Credential credential =
        new Credential(BANK, 1, soft, soft + 60_000, new byte[1], Credential.NO_BINDING);
    NearEntry entry = near.entry(new Found.Usable(credential), clocks.now());
    NearEntry other = near.entry(new Found.Usable(credential), clocks.now());
    NearEntry refused = near.entry(refusal(soft), clocks.now());

    assertThat(entry.claimRefresh(tick + seconds(15), soft - 1)).isFalse();
    assertThat(entry.claimRefresh(tick, soft)).as("20 seconds by the wall clock").isTrue();
    assertThat(entry.claimRefresh(tick, soft)).as("once").isFalse();
    assertThat(refused.claimRefresh(tick + seconds(15), soft)).isFalse();
    // As if the wall clock had been set back after the read.
    NearEntry read =
        new NearEntry(
            other.found(),
            new Moment(tick, soft),
            other.freshFrom(),
            seconds(30),
            seconds(15),
            other.goneFrom(),
            false,
            other.refreshing());
    assertThat(read.claimRefresh(tick + seconds(15) - 1, soft)).isFalse();
    assertThat(read.claimRefresh(tick + seconds(15), soft)).isTrue();
  }

  @Test
  void whatWasReadLaterStays() {
    NearEntry early = near.entry(usable(Duration.ofMinutes(15)), clocks.now());
    NearEntry twin = near.entry(usable(Duration.ofMinutes(15)), clocks.now());
    ticks.incrementAndGet();
    NearEntry late = near.entry(usable(Duration.ofMinutes(15)), clocks.now());

    keep(late);
    keep(early);
    assertThat(near.find(BANK)).isSameAs(late);
    near.drop(BANK, early);
    assertThat(near.find(BANK)).isSameAs(late);
    near.drop(BANK, late);
    assertThat(near.find(BANK)).isNull();
    keep(early);
    keep(twin);
    assertThat(near.find(BANK)).as("of two of one moment the last").isSameAs(twin);
  }

  @Test
  void onlyWhatWasReadBeforeIsSuperseded() {
    NearEntry entry = near.entry(usable(Duration.ofMinutes(15)), clocks.now());
    keep(entry);
    near.supersede(BANK, clocks.now());
    ticks.incrementAndGet();
    near.supersede(TAX, clocks.now());
    assertThat(near.find(BANK)).isSameAs(entry);

    near.supersede(BANK, clocks.now());

    assertThat(near.find(BANK)).isNull();
  }

  @Test
  void anOutageProlongsForASixthAndNeverShortens() {
    NearEntry entry = near.entry(usable(Duration.ofMinutes(15)), clocks.now());
    keep(entry);
    pass(Duration.ofSeconds(25));
    NearEntry asLong = near.prolong(BANK);
    assertThat(asLong.stale()).isTrue();
    assertThat(asLong.freshFrom()).as("it has a sixth left").isEqualTo(entry.freshFrom());
    assertThat(near.find(BANK)).isSameAs(asLong);

    pass(Duration.ofNanos(1));
    NearEntry longer = near.prolong(BANK);
    assertThat(longer.isFresh(ticks.get() + seconds(5) - 1, clock.millis())).isTrue();
    assertThat(longer.isFresh(ticks.get() + seconds(5), clock.millis())).isFalse();

    assertThat(near.prolong(TAX)).isNull();
    pass(Duration.ofMinutes(15));
    assertThat(near.prolong(BANK)).isNull();
  }

  @Test
  void anOutageProlongsAlsoForLessTimeThanItTakesToLook() {
    Clocks moving = new Clocks(clock, () -> ticks.addAndGet(Duration.ofMillis(1).toNanos()));
    NearCache brief = new NearCache(Duration.ofMillis(1), 100, moving);
    Found found = usable(Duration.ofMinutes(15));
    brief.keep(BANK, brief.entry(found, moving.now()), brief.epochs().of(BANK));

    assertThat(brief.prolong(BANK)).isNotNull().matches(NearEntry::stale);
  }

  @Test
  void anOutageDoesNotProlongARefusal() {
    NearEntry refused = near.entry(refusal(clock.millis() + 60_000), clocks.now());
    keep(refused);
    pass(Duration.ofSeconds(5).minusNanos(1));
    assertThat(near.prolong(BANK)).isSameAs(refused);
    pass(Duration.ofNanos(1));
    assertThat(near.prolong(BANK)).isNull();
  }

  @Test
  void whatWasForgottenDoesNotComeInAfterwards() {
    Epochs.Epoch begun = near.epochs().of(BANK);
    NearEntry entry = near.entry(usable(Duration.ofMinutes(15)), clocks.now());
    keep(entry);

    near.forget(BANK);
    assertThat(near.find(BANK)).isNull();
    near.keep(BANK, entry, begun);
    assertThat(near.find(BANK)).isNull();

    begun = near.epochs().of(BANK);
    keep(entry);
    near.clear();
    assertThat(near.find(BANK)).isNull();
    near.keep(BANK, entry, begun);
    assertThat(near.find(BANK)).isNull();
  }

  private void keep(NearEntry entry) {
    near.keep(BANK, entry, near.epochs().of(BANK));
  }

  private Found usable(Duration life) {
    return new Found.Usable(credential(BANK, life, 1));
  }

  private Credential credential(CredentialId id, Duration life, int length) {
    long hardExpiresAt = clock.millis() + life.toMillis();
    return new Credential(
        id, 1, hardExpiresAt, hardExpiresAt, new byte[length], Credential.NO_BINDING);
  }

  private static long seconds(long seconds) {
    return Duration.ofSeconds(seconds).toNanos();
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
