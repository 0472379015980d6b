package dev.keepwarm.decryptor;

import static dev.keepwarm.decryptor.DecryptorWorld.RETRY_FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.ManualClock;
import dev.keepwarm.core.internal.MemoryBus;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.core.internal.Readable;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.core.internal.SigningKey;
import dev.keepwarm.decryptor.freshness.Freshness;
import dev.keepwarm.engine.CacheTable;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.DynamoFreshnessStore;
import dev.keepwarm.engine.DynamoTables;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.FreshnessStore;
import dev.keepwarm.engine.MemoryDynamoDb;
import dev.keepwarm.engine.MemorySource;
import dev.keepwarm.engine.SequentialFanout;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.Wheel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;

/** A decryptor that vouches for unchanged entries, and the results of a reader. */
final class VouchingTest {
  private static final Duration TTL = Duration.ofMinutes(15);
  private static final Lifetimes LIFETIMES = Lifetimes.of(TTL);
  private static final Duration TURN = Duration.ofMillis(LIFETIMES.turn());
  private static final Duration SEAL_LIFE = Duration.ofHours(24);
  private static final int SLOTS = 4;
  private static final String ACME = "acme";

  private final ManualClock clock = new ManualClock();
  private final MemoryDynamoDb dynamoDb = new MemoryDynamoDb();
  private final MemorySource source = new MemorySource();
  private final PlainDecoder decoder = new PlainDecoder();
  private final MemoryKeys keys = new MemoryKeys();
  private final AtomicInteger ids = new AtomicInteger();
  private final Wheel wheel = new DynamoWheel(dynamoDb, DynamoTables.WHEEL, SLOTS);
  private final DynamoCacheTable cache = new DynamoCacheTable(dynamoDb, DynamoTables.CACHE);
  private final FreshnessStore store =
      new DynamoFreshnessStore(dynamoDb, DynamoTables.WHEEL, DynamoTables.CACHE, SLOTS);
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();

  @BeforeEach
  void create() {
    DynamoTables.create(dynamoDb);
    original(ACME, "bank", "one", 1);
    original(ACME, "tax", "two", 1);
    assertThat(wheel.enrol(ACME)).isTrue();
  }

  @Test
  void whatDoesNotChangeIsSealedOnceAndStaysReadable() {
    assertThat(due(ACME)).isTrue();
    Entry sealed = entry("bank");

    for (int turn = 1; turn <= 20; turn++) {
      clock.advance(TURN);
      assertThat(due(ACME)).isTrue();
      assertThat(readable("bank")).isEqualTo("one");
      assertThat(readable("tax")).isEqualTo("two");
    }

    assertThat(entry("bank")).isEqualTo(sealed);
    assertThat(Objects.requireNonNull(sealed.sealed()).isLive(clock.millis())).isFalse();
    assertThat(Objects.requireNonNull(sealed.deletableAt()) * 1000)
        .as("the table does not delete it before its seal ends")
        .isGreaterThan(clock.millis() + Duration.ofHours(20).toMillis());
  }

  @Test
  void withoutChecksEverythingLapses() {
    assertThat(due(ACME)).isTrue();
    clock.advance(TURN);
    assertThat(due(ACME)).isTrue();

    clock.advance(TTL.minusMillis(1));
    assertThat(readable("bank")).isEqualTo("one");
    clock.advance(Duration.ofMillis(1));
    assertThat(readable("bank")).isNull();
  }

  @Test
  void aSourceThatDoesNotAnswerMakesItsTenantLapseAndNoOther() {
    String other = tenantInTheSlotOf(ACME);
    original(other, "bank", "theirs", 1);
    assertThat(wheel.enrol(other)).isTrue();
    assertThat(due(ACME, other)).isTrue();
    source
        .hooks()
        .before(call -> {
          if (call.tenant().equals(ACME)) {
            throw new KeepwarmException(ErrorCode.UNAVAILABLE, "no answer");
          }
        });

    for (int turn = 1; turn <= 6; turn++) {
      clock.advance(TURN);
      assertThat(due(ACME, other)).as("the message comes again").isFalse();
    }

    assertThat(readable(other, "bank")).isEqualTo("theirs");
    assertThat(readable("bank")).isNull();
  }

  @Test
  void aTenantThatIsEnrolledTakesItsNeighborsOffNoRecord() {
    warm(4);
    String other = tenantInTheSlotOf(ACME);
    original(other, "bank", "theirs", 1);
    clock.advance(TURN.dividedBy(2).plusSeconds(1));
    Decryptor decryptor = decryptor();
    decryptor.resolve(new ResolveRequest(other, "bank", null), () -> 60_000);
    assertThat(due(other)).as("what the resolve has published").isTrue();

    assertThat(readable("bank")).isEqualTo("one");
    assertThat(record()).hasSize(2);
  }

  @Test
  void whatChangesInTheSourceWithoutAnEventIsSealedWithinATurn() {
    warm(3);
    original(ACME, "bank", "newer", 2);

    clock.advance(TURN);
    assertThat(due(ACME)).isTrue();

    assertThat(readable("bank")).isEqualTo("newer");
    assertThat(readable("tax")).isEqualTo("two");
    clock.advance(TURN.multipliedBy(4));
    assertThat(readable("tax")).isNull();
  }

  @Test
  void anOriginalThatIsReplacedUnderItsVersionIsNoticed() {
    warm(3);
    original(ACME, "bank", "other", 1);

    clock.advance(TURN);
    assertThat(due(ACME)).isTrue();

    assertThat(readable("bank")).isEqualTo("other");
  }

  @Test
  void everythingIsSealedAgainEveryHalfOfItsSealAndReadableMeanwhile() {
    assertThat(due(ACME)).isTrue();
    long first = sealedAt("bank");
    int seals = 0;
    long last = first;
    for (long passed = 0; passed < Duration.ofHours(48).toMillis(); passed += TURN.toMillis()) {
      clock.advance(TURN);
      assertThat(readable("bank")).as("before the turn").isEqualTo("one");
      assertThat(due(ACME)).isTrue();
      assertThat(readable("bank")).as("after the turn").isEqualTo("one");
      if (sealedAt("bank") != last) {
        seals++;
        last = sealedAt("bank");
      }
    }

    assertThat(seals).isBetween(3, 5);
  }

  @Test
  void whatWasSealedBeforeAFailureCountsOnceTheRestIsSealed() {
    AtomicBoolean fails = new AtomicBoolean(true);
    decoder.before(original -> {
      if (fails.get() && original.id().name().equals("tax")) {
        throw new KeepwarmException(ErrorCode.UNAVAILABLE, "not now");
      }
    });
    assertThat(due(ACME)).isFalse();
    long sealedAt = sealedAt("bank");
    fails.set(false);
    assertThat(due(ACME)).isTrue();

    warm(4);

    assertThat(sealedAt("bank")).isEqualTo(sealedAt);
    assertThat(readable("bank")).isEqualTo("one");
    assertThat(readable("tax")).isEqualTo("two");
  }

  /** However long an entry is vouched for, the table must not delete a revocation. */
  @Test
  void whatWasRevokedIsNotForgottenWithASeal() {
    warm(4);
    assertThat(
            deliver(
                new Event.Revoked(ACME, "bank", 1L)
                    .published(new Event.Origin(clock.millis(), "revocation"))))
        .isTrue();
    original(ACME, "bank", "three", 2);
    warm(4);

    assertThat(readable("bank")).isEqualTo("three");
    assertThat(entry("bank").isRevoked(1)).isTrue();
    assertThat(entry("bank").deletableAt()).isNull();
    assertThat(entry("tax").deletableAt()).isNotNull();
  }

  @Test
  void afterAChangeNothingThatWasSealedBeforeIsVouchedForAgain() {
    warm(4);
    SdkBytes before = vouchId("tax");
    assertThat(record()).containsExactly(before);
    assertThat(
            deliver(
                new Event.Revoked(ACME, "bank", null)
                    .published(new Event.Origin(clock.millis(), "revocation"))))
        .isTrue();
    assertThat(readable("bank")).isNull();
    assertThat(readable("tax")).isEqualTo("two");

    clock.advance(TURN);
    assertThat(due(ACME)).isTrue();

    assertThat(record())
        .as("in the turn before, whose record was not written again")
        .containsExactly(before);
    clock.advance(TURN.multipliedBy(2));
    assertThat(due(ACME)).isTrue();
    assertThat(readable("bank")).isNull();
    assertThat(readable("tax")).isEqualTo("two");
    assertThat(vouchId("tax")).isNotEqualTo(before);

    assertThat(
            deliver(
                new Event.Unrevoked(ACME, "bank", null)
                    .published(new Event.Origin(clock.millis() + 1000, "unrevocation"))))
        .isTrue();
    warm(4);
    assertThat(readable("bank")).isEqualTo("one");
    assertThat(record()).containsExactly(vouchId("tax")).doesNotContain(before);
  }

  @Test
  void aChangeOfOneCredentialLeavesTheOthersReadable() {
    warm(4);
    original(ACME, "bank", "newer", 2);
    assertThat(
            deliver(
                new Event.Rotated(ACME, "bank", 2L)
                    .published(new Event.Origin(clock.millis(), "rotation"))))
        .isTrue();
    assertThat(readable("bank")).isEqualTo("newer");
    assertThat(readable("tax")).isEqualTo("two");

    warm(5);

    assertThat(readable("bank")).isEqualTo("newer");
    assertThat(readable("tax")).isEqualTo("two");
    assertThat(vouchId("tax")).isEqualTo(vouchId("bank"));
  }

  @Test
  void aTenantWithSomethingUnusableIsRefreshedAsEver() {
    source.put(new SourceRow.Unusable(new CredentialId(ACME, "broken"), 1L, "BAD_ROW"));
    warm(5);

    assertThat(readable("bank")).isEqualTo("one");
    assertThat(sealedAt("bank")).isEqualTo(clock.millis());
    assertThat(record()).isEmpty();
  }

  @Test
  void aTenantThatHasNothingLeavesTheWheel() {
    warm(1);
    source.delete(new CredentialId(ACME, "bank"));
    source.delete(new CredentialId(ACME, "tax"));

    warm(1);

    assertThat(wheel.isEnrolled(ACME)).isFalse();
    assertThat(readable("bank")).isNull();
  }

  @Test
  void aResolveIsFollowedByASealForWhichSomebodyCanVouch() {
    warm(2);
    Decryptor decryptor = decryptor();
    decryptor.resolve(new ResolveRequest(ACME, "bank", 1L), () -> 60_000);

    warm(6);

    assertThat(readable("bank")).isEqualTo("one");
    assertThat(readable("tax")).isEqualTo("two");
  }

  @Test
  void aCheckBesideAResolveLeavesNothingThatIsNotVouchedFor() {
    Decryptor decryptor = decryptor();
    assertThat(dueBy(decryptor)).isTrue();
    clock.advance(TURN);
    // Between its enrolment, which is concurrent with a call, and its put.
    once(() -> assertThat(due(ACME)).isTrue());
    decryptor.resolve(new ResolveRequest(ACME, "bank", 1L), () -> 60_000);

    staysReadable();
  }

  @Test
  void aCheckBesideAChangeLeavesNothingThatIsNotVouchedFor() {
    warm(1);
    once(() -> assertThat(due(ACME)).isTrue());
    assertThat(rotate()).isTrue();

    staysReadable();
  }

  @Test
  void aCheckBetweenTheFenceAndTheRefreshOfAChangeLeavesNothingThatIsNotVouchedFor() {
    warm(1);
    AtomicBoolean isRaised = new AtomicBoolean();
    CacheTable hooked =
        intercepted(
            CacheTable.class,
            cache,
            method -> {
              if (method.equals("readItems") && isRaised.getAndSet(false)) {
                assertThat(due(ACME)).isTrue();
              } else if (method.equals("raiseFence")) {
                isRaised.set(true);
              }
            });
    Event rotation =
        new Event.Rotated(ACME, "bank", null)
            .published(new Event.Origin(clock.millis(), "rotation"));
    assertThat(deliver(decryptor(hooked, store), rotation)).isTrue();
    assertThat(isRaised).as("the check came").isFalse();

    staysReadable();
  }

  @Test
  void whatWasSealedWhileNobodyCouldCheckIsSealedAgainByTheNextCheck() {
    warm(2);
    keys.hooks()
        .before(call -> {
          if (call.method().equals("decrypt")) {
            throw new KeepwarmException(ErrorCode.UNAVAILABLE, "no answer");
          }
        });
    clock.advance(TURN);
    assertThat(due(ACME)).isTrue();
    assertThat(logged.toString(StandardCharsets.UTF_8)).contains("slot not checked");
    keys.hooks().clear();

    staysReadable();
  }

  @Test
  void aCheckBesideARefreshThatCannotCheckLeavesNothingThatIsNotVouchedFor() {
    warm(2);
    clock.advance(TURN);
    AtomicBoolean isChecked = new AtomicBoolean();
    CacheTable checkedBefore =
        intercepted(
            CacheTable.class,
            cache,
            method -> {
              if (method.equals("readItems") && !isChecked.getAndSet(true)) {
                assertThat(due(ACME)).isTrue();
                // As by the clock of the one that cannot check, so that everything is due for it.
                clock.advance(TURN);
              }
            });
    FreshnessStore withoutSealings =
        intercepted(
            FreshnessStore.class,
            store,
            method -> {
              if (method.equals("slot")) {
                throw new KeepwarmException(ErrorCode.UNAVAILABLE, "no answer");
              }
            });
    Event due = new Event.TenantsDue(List.of(ACME));
    assertThat(deliver(decryptor(checkedBefore, withoutSealings), due)).isTrue();
    assertThat(isChecked).isTrue();

    staysReadable();
  }

  /** A refresh is slow, and a check does everything between its reads and its burial. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void aRefreshThatIsLateDoesNotBuryWhatTheSourceHasAgain(long version) {
    warm(1);
    source.delete(new CredentialId(ACME, "bank"));
    clock.advance(TURN);
    CacheTable late =
        once(
            CacheTable.class,
            cache,
            "buryIfUnchanged",
            () -> {
              original(ACME, "bank", "one", version);
              assertThat(due(ACME)).isTrue();
            });
    assertThat(dueBy(decryptor(late, store))).isTrue();

    staysReadable();
  }

  @Test
  void aRefreshThatHasBuriedSomethingAndFailedLeavesNoNoteOfTheStateBefore() {
    warm(1);
    source.delete(new CredentialId(ACME, "bank"));
    decoder.before(original -> {
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "not now");
    });
    clock.advance(TURN);
    assertThat(due(ACME)).isFalse();
    assertThat(entry("bank").sealed()).isNull();
    decoder.before(original -> {});
    original(ACME, "bank", "one", 1);

    staysReadable();
  }

  @Test
  void whatASlowRefreshHasSealedIsNotNotedAfterALaterState() {
    CredentialId bank = new CredentialId(ACME, "bank");
    FreshnessStore slow =
        once(
            FreshnessStore.class,
            store,
            "sealed",
            () -> {
              source.delete(bank);
              assertThat(due(ACME)).isTrue();
              original(ACME, "bank", "one", 1);
            });
    assertThat(dueBy(decryptor(slow))).isTrue();

    staysReadable();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRefreshOfAFormerGenerationDoesNotReplaceWhatWasSealedSince(boolean isRenewed) {
    warm(1);
    clock.advance(SEAL_LIFE.dividedBy(2));
    CacheTable late =
        once(
            CacheTable.class,
            cache,
            "readItems",
            () -> {
              if (isRenewed) {
                store.renew(ACME, "of another decryptor");
              } else {
                assertThat(wheel.enrol(ACME)).isFalse();
              }
              assertThat(due(ACME)).isTrue();
            });
    assertThat(dueBy(decryptor(late, store))).isTrue();

    staysReadable();
  }

  @ParameterizedTest
  @EnumSource
  void twoDecryptorsThatSealATenantAtOnceJoin(Cause cause) {
    warm(1);
    cause(cause);
    AtomicReference<Entry> sealed = new AtomicReference<>();
    FreshnessStore late =
        once(
            FreshnessStore.class,
            store,
            cause.confirms,
            () -> {
              assertThat(due(ACME)).isTrue();
              sealed.set(entry("bank"));
            });
    assertThat(dueBy(decryptor(late))).isTrue();

    assertThat(entry("bank")).isEqualTo(sealed.get());
    assertThat(record()).contains(vouchId("bank"));
    staysReadable();
  }

  @ParameterizedTest
  @EnumSource
  void whoLeavesTheWheelWhileItIsSealedIsSealedWithoutRecords(Cause cause) {
    warm(1);
    cause(cause);
    FreshnessStore late =
        once(
            FreshnessStore.class,
            store,
            cause.confirms,
            () -> {
              leaveTheWheel();
            });
    assertThat(dueBy(decryptor(late))).isTrue();

    assertThatNoRecordMayVouchForBank();
    assertThat(sealedAt("bank")).isEqualTo(clock.millis());
  }

  @ParameterizedTest
  @EnumSource
  void ifTheGenerationIsNotConfirmedNothingIsReplaced(Cause cause) {
    warm(1);
    Entry sealed = entry("bank");
    cause(cause);
    FreshnessStore silent =
        once(
            FreshnessStore.class,
            store,
            cause.confirms,
            () -> {
              throw new KeepwarmException(ErrorCode.UNAVAILABLE, "no answer");
            });
    assertThat(dueBy(decryptor(silent))).isFalse();

    assertThat(entry("bank")).isEqualTo(sealed);
    staysReadable();
  }

  @Test
  void aLaterAttemptThatFindsAnotherStateSealsAllOfIt() {
    CacheTable late =
        once(
            CacheTable.class,
            cache,
            "put",
            () -> {
              taxIsNotDecoded();
              assertThat(due(ACME)).as("seals one of two").isFalse();
              decoder.before(original -> {});
              original(ACME, "bank", "one", 2);
            });
    assertThat(dueBy(decryptor(late, store))).isTrue();

    assertThat(entry("bank").version()).isEqualTo(2);
    assertThat(vouchId("tax")).isEqualTo(vouchId("bank"));
    assertThat(record()).contains(vouchId("bank"));
    staysReadable();
  }

  /**
   * Two deliveries of one message, of which the later one finds that a row is gone for a moment.
   */
  @Test
  void aRefreshOfAnotherStateDoesNotJoinAGeneration() {
    warm(1);
    clock.advance(TURN);
    original(ACME, "bank", "one", 2);
    AtomicReference<Runnable> lateNote = new AtomicReference<>(() -> {});
    FreshnessStore slow = withoutNote(lateNote);
    FreshnessStore second =
        once(
            FreshnessStore.class,
            store,
            "renewIf",
            () -> {
              assertThat(dueBy(decryptor(slow))).isTrue();
              source.delete(new CredentialId(ACME, "tax"));
            });
    AtomicBoolean isBurying = new AtomicBoolean();
    CacheTable late =
        intercepted(
            CacheTable.class,
            cache,
            method -> {
              if (method.equals("buryIfUnchanged")) {
                lateNote.get().run();
                original(ACME, "tax", "two", 1);
                isBurying.set(true);
              } else if (method.equals("put")) {
                throw new KeepwarmException(ErrorCode.UNAVAILABLE, "no answer");
              }
            });
    assertThat(dueBy(decryptor(late, second))).isFalse();
    assertThat(isBurying).isTrue();

    staysReadable();
  }

  @Test
  void whatWasSealedAfterAChangeAndBeforeAFailureIsNotSealedAgain() {
    warm(1);
    clock.advance(TURN);
    original(ACME, "bank", "one", 2);
    taxIsNotDecoded();
    assertThat(due(ACME)).isFalse();
    Entry sealed = entry("bank");
    assertThat(sealed.version()).isEqualTo(2);
    decoder.before(original -> {});
    clock.advance(Duration.ofMinutes(1));

    assertThat(due(ACME)).isTrue();

    assertThat(entry("bank")).isEqualTo(sealed);
    assertThat(record()).contains(vouchId("bank"));
    staysReadable();
  }

  @Test
  void whoIsEnrolledWhileItIsSealedWithoutRecordsIsSealedAgain() {
    warm(1);
    leaveTheWheel();
    CacheTable late =
        once(
            CacheTable.class,
            cache,
            "readItems",
            () -> {
              assertThat(wheel.enrol(ACME)).isTrue();
              assertThat(due(ACME)).isTrue();
              clock.advance(TURN.multipliedBy(2));
            });
    assertThat(dueBy(decryptor(late, store))).isTrue();
    assertThatNoRecordMayVouchForBank();

    staysReadable();
  }

  @Test
  void whatWasSealedWhileRecordsWereOffIsSealedAgain() {
    warm(1);
    clock.advance(TURN.multipliedBy(2));
    assertThat(dueBy(withoutRecords())).isTrue();
    assertThatNoRecordMayVouchForBank();

    staysReadable();
  }

  @Test
  void whoMayNotRenewGenerationsStillTakesThemAway() {
    warm(1);
    clock.advance(TURN.multipliedBy(2));
    assertThat(dueBy(decryptor(refusing(ErrorCode.DENIED)))).isTrue();
    assertThatNoRecordMayVouchForBank();

    staysReadable();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aResolveOfAWholeTenantThatFailsLeavesNothingThatIsNotVouchedFor(boolean isGone) {
    warm(1);
    clock.advance(TURN.multipliedBy(2));
    if (isGone) {
      source.delete(new CredentialId(ACME, "bank"));
      source.delete(new CredentialId(ACME, "tax"));
    }
    AtomicInteger reads = new AtomicInteger();
    CacheTable silent =
        intercepted(
            CacheTable.class,
            cache,
            method -> {
              if (method.equals("readItems") && reads.incrementAndGet() == 2) {
                throw new KeepwarmException(ErrorCode.UNAVAILABLE, "no answer");
              }
            });
    Decryptor decryptor = decryptor(silent, store);
    decryptor.resolve(new ResolveRequest(ACME, null, null), () -> 60_000);
    assertThat(reads).hasValue(2);
    original(ACME, "bank", "one", 1);
    original(ACME, "tax", "two", 1);

    staysReadable();
  }

  @Test
  void aMessageAboutANeighborTakesNobodyOffTheRecord() {
    warm(4);
    assertThat(wheel.enrol(ACME)).as("as a resolve does").isFalse();
    String other = tenantInTheSlotOf(ACME);
    original(other, "bank", "theirs", 1);
    assertThat(wheel.enrol(other)).isTrue();
    clock.advance(Duration.ofMinutes(1));

    assertThat(due(other)).isTrue();

    assertThat(readable("bank")).isEqualTo("one");
  }

  @Test
  void everyAttemptOfAResolveOfAWholeTenantTakesTheGenerationAway() {
    warm(1);
    clock.advance(TURN.multipliedBy(2));
    CacheTable late =
        once(
            CacheTable.class,
            cache,
            "put",
            () -> {
              assertThat(due(ACME)).isTrue();
              source.delete(new CredentialId(ACME, "bank"));
            });
    Decryptor decryptor = decryptor(late, store);
    decryptor.resolve(new ResolveRequest(ACME, null, null), () -> 60_000);
    assertThat(entry("bank").sealed()).isNull();
    original(ACME, "bank", "one", 1);

    staysReadable();
  }

  /** A duplicate message finds the state for which an abandoned refresh has begun a generation. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nothingIsSealedInAGenerationOfAnotherState(boolean isNotedLate) {
    CredentialId tax = new CredentialId(ACME, "tax");
    source.delete(new CredentialId(ACME, "bank"));
    warm(1);
    clock.advance(TURN);
    source.delete(tax);
    original(ACME, "bank", "one", 1);
    Runnable noAnswer =
        () -> {
          throw new KeepwarmException(ErrorCode.UNAVAILABLE, "no answer");
        };
    assertThat(dueBy(decryptor(once(CacheTable.class, cache, "put", noAnswer), store))).isFalse();
    assertThat(Objects.requireNonNull(store.sealing(ACME)).begun()).isNotNull();

    AtomicReference<Runnable> lateNote = new AtomicReference<>(() -> {});
    Decryptor between = decryptor(isNotedLate ? withoutNote(lateNote) : store);
    AtomicBoolean isRead = new AtomicBoolean();
    CacheTable late =
        intercepted(
            CacheTable.class,
            cache,
            method -> {
              if (method.equals("readItems") && !isRead.getAndSet(true)) {
                original(ACME, "tax", "two", 1);
                assertThat(dueBy(between)).isTrue();
                source.delete(tax);
              } else if (method.equals("put")) {
                noAnswer.run();
              }
            });
    assertThat(dueBy(decryptor(late, store))).isFalse();
    assertThat(cache.read(tax).sealed()).isNull();
    lateNote.get().run();
    original(ACME, "tax", "two", 1);

    staysReadable();
  }

  /** A store that does not note what was sealed until {@code late} runs. */
  private FreshnessStore withoutNote(AtomicReference<Runnable> late) {
    return (FreshnessStore)
        Proxy.newProxyInstance(
            FreshnessStore.class.getClassLoader(),
            new Class<?>[] {FreshnessStore.class},
            (proxy, method, arguments) -> {
              if (!method.getName().equals("sealed")) {
                return method.invoke(store, arguments);
              }
              late.set(() -> {
                boolean unused =
                    store.sealed(
                        (String) arguments[0], (String) arguments[1], (SdkBytes) arguments[2]);
              });
              return false;
            });
  }

  @Test
  void whatAChangeHasReplacedWhileRecordsWereOffIsSealedAgain() {
    String other = tenantInTheSlotOf(ACME);
    original(other, "bank", "theirs", 1);
    assertThat(wheel.enrol(other)).isTrue();
    assertThat(due(ACME, other)).isTrue();
    Event change =
        new Event.Invalidated(other, "bank", null)
            .published(new Event.Origin(clock.millis(), "invalidation"));
    Decryptor off = withoutRecords();
    assertThat(deliver(off, change)).isTrue();

    for (int turn = 1; turn <= 8; turn++) {
      clock.advance(TURN);
      assertThat(due(ACME, other)).isTrue();
      assertThat(readable(other, "bank")).as("turn " + turn).isEqualTo("theirs");
    }
  }

  @Test
  void whoMayNotRenewGenerationsStillAppliesChangesAndSealsTenants() {
    warm(1);
    FreshnessStore denied =
        intercepted(
            FreshnessStore.class,
            store,
            method -> {
              if (List.of("begin", "renew", "renewIf", "sealed").contains(method)) {
                throw new KeepwarmException(ErrorCode.DENIED, "refused");
              }
            });
    original(ACME, "bank", "newer", 2);
    Event rotation =
        new Event.Rotated(ACME, "bank", 2L).published(new Event.Origin(clock.millis(), "rotation"));
    assertThat(deliver(decryptor(denied), rotation)).isTrue();
    assertThat(readable("bank")).isEqualTo("newer");
    for (int turn = 1; turn <= 8; turn++) {
      clock.advance(TURN);
      assertThat(dueBy(decryptor(denied))).isTrue();
      assertThat(readable("bank")).as("turn " + turn).isEqualTo("newer");
      assertThat(readable("tax")).as("turn " + turn).isEqualTo("two");
    }
  }

  /** Why a tenant is sealed again. */
  private enum Cause {
    PERIOD("sealing"),
    CHANGE("renewIf");

    /** The call by which the refresh makes sure that its generation still counts. */
    final String confirms;

    Cause(String confirms) {
      this.confirms = confirms;
    }
  }

  private void cause(Cause cause) {
    switch (cause) {
      case PERIOD -> clock.advance(SEAL_LIFE.dividedBy(2));
      case CHANGE -> {
        clock.advance(TURN);
        original(ACME, "bank", "one", 2);
      }
    }
  }

  @Test
  void whoIsEnrolledBecauseItIsUsedIsVouchedForAtOnce() {
    String other = tenantInTheSlotOf(ACME);
    original(other, "bank", "theirs", 1);

    assertThat(deliver(new Event.Used(other))).isTrue();

    assertThat(record()).hasSize(1);
    clock.advance(TTL.minusMillis(1));
    assertThat(readable(other, "bank")).isEqualTo("theirs");
  }

  private void taxIsNotDecoded() {
    decoder.before(original -> {
      if (original.id().name().equals("tax")) {
        throw new KeepwarmException(ErrorCode.UNAVAILABLE, "not now");
      }
    });
  }

  private void assertThatNoRecordMayVouchForBank() {
    assertThat(Objects.requireNonNull(entry("bank").sealed()).vouching()).isNull();
  }

  private void leaveTheWheel() {
    assertThat(wheel.prepareLeave(ACME, "me")).isTrue();
    assertThat(wheel.leave(ACME, "me")).isTrue();
  }

  /** A decryptor with records off. */
  private Decryptor withoutRecords() {
    return new Decryptor(ports(cache, wheel), LIFETIMES, RETRY_FAILED, null);
  }

  private boolean dueBy(Decryptor decryptor) {
    return deliver(decryptor, new Event.TenantsDue(List.of(ACME)));
  }

  /** Does something before the first call of a method. */
  private static <T> T once(Class<T> type, T target, String method, Runnable action) {
    AtomicBoolean isDone = new AtomicBoolean();
    return intercepted(
        type,
        target,
        called -> {
          if (called.equals(method) && !isDone.getAndSet(true)) {
            action.run();
          }
        });
  }

  /** Calls {@code before} with the name of each method, before the method. */
  private static <T> T intercepted(Class<T> type, T target, Consumer<String> before) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              before.accept(method.getName());
              return method.invoke(target, arguments);
            }));
  }

  private boolean rotate() {
    return deliver(
        new Event.Rotated(ACME, "bank", null)
            .published(new Event.Origin(clock.millis(), "rotation")));
  }

  private void once(Runnable action) {
    AtomicBoolean isDone = new AtomicBoolean();
    decoder.before(original -> {
      if (!isDone.getAndSet(true)) {
        action.run();
      }
    });
  }

  private void staysReadable() {
    for (int turn = 1; turn <= 8; turn++) {
      clock.advance(TURN);
      assertThat(due(ACME)).isTrue();
      assertThat(readable("bank")).as("turn " + turn).isEqualTo("one");
      assertThat(readable("tax")).as("turn " + turn).isEqualTo("two");
    }
  }

  @Test
  void twoDecryptorsThatStartTogetherSignWithOneKey() {
    Decryptor one = decryptor();
    Decryptor other = decryptor();
    assertThat(dueBy(one)).isTrue();
    clock.advance(TURN);
    assertThat(dueBy(other)).isTrue();
    clock.advance(TTL.minusMillis(1));

    assertThat(readable("bank")).isEqualTo("one");
  }

  @Test
  void whoMayNotVouchSealsAndKeepsTenantsWarm() {
    Decryptor without = decryptor(refusing(ErrorCode.DENIED));
    for (int turn = 1; turn <= 4; turn++) {
      clock.advance(TURN);
      assertThat(dueBy(without)).isTrue();
      assertThat(readable("bank")).isEqualTo("one");
    }
    assertThat(logged.toString(StandardCharsets.UTF_8)).contains("slot not checked");
  }

  @Test
  void whatCannotBeToldToTheNextCheckIsNotSealedWithoutIt() {
    warm(2);
    Entry sealed = entry("bank");
    clock.advance(TURN);

    assertThat(dueBy(decryptor(refusing(ErrorCode.UNAVAILABLE)))).isFalse();

    assertThat(entry("bank")).isEqualTo(sealed);
    staysReadable();
  }

  private FreshnessStore refusing(ErrorCode code) {
    return intercepted(
        FreshnessStore.class,
        store,
        method -> {
          throw new KeepwarmException(code, "refused");
        });
  }

  @Test
  void aSigningSecretThatNobodyCanOpenAnyMoreIsReplaced() {
    warm(2);
    FreshnessStore.Secrets secrets = Objects.requireNonNull(store.secrets());
    SdkBytes foreign =
        new MemoryKeys().encrypt(new byte[32], Kms.signingContext(DynamoTables.CACHE));
    assertThat(store.replaceSecrets(secrets, FreshnessStore.Secrets.of(foreign))).isTrue();

    clock.advance(TURN);
    assertThat(due(ACME)).isTrue();

    staysReadable();
  }

  @Test
  void aRotationOfTheSigningSecretIsNoWorkOfItsOwn() {
    warm(2);
    Decryptor decryptor = decryptor();
    Entry before = entry("bank");
    ask(FreshnessStore.Rotation.GRADUAL);

    turn(decryptor);

    FreshnessStore.Secrets rotated = Objects.requireNonNull(store.secrets());
    assertThat(rotated.asked()).isNull();
    assertThat(rotated.formerUntil()).isEqualTo(clock.millis() + SEAL_LIFE.toMillis());
    assertThat(entry("bank")).as("not sealed for that").isEqualTo(before);
    for (long passed = 0; passed <= SEAL_LIFE.toMillis(); passed += TURN.toMillis()) {
      assertThat(readable("bank")).isEqualTo("one");
      assertThat(readable("tax")).isEqualTo("two");
      turn(decryptor);
    }
    assertThat(signer("bank")).isNotEqualTo(signer(before)).isEqualTo(signer("tax"));
    assertThat(isRecordSignedBy(signer("bank"))).isTrue();
    assertThat(isRecordSignedBy(signer(before))).as("after what a seal lasts").isFalse();
  }

  @Test
  void whatWasSealedUnderTheFormerSecretIsVouchedForByRecordsOfBoth() {
    warm(2);
    SdkBytes former = signer("bank");
    ask(FreshnessStore.Rotation.GRADUAL);
    Decryptor decryptor = decryptor();
    turn(decryptor);
    original(ACME, "bank", "newer", 2);
    turn(decryptor);

    assertThat(signer("bank")).isNotEqualTo(former);
    assertThat(isRecordSignedBy(former)).isTrue();
    assertThat(isRecordSignedBy(signer("bank"))).isTrue();
  }

  @Test
  void aSecretThatSomebodyElseMayKnowSignsNothingAnyMore() {
    warm(2);
    SdkBytes stolen = signer("bank");
    ask(FreshnessStore.Rotation.AT_ONCE);
    Decryptor decryptor = decryptor();

    turn(decryptor);

    assertThat(Objects.requireNonNull(store.secrets()).former()).isNull();
    assertThat(signer("bank")).as("sealed again").isNotEqualTo(stolen);
    assertThat(isRecordSignedBy(stolen)).isFalse();
    staysReadable();
  }

  @Test
  void aDecryptorThatHasNotHeardOfARotationMakesNothingUnreadable() {
    warm(2);
    Decryptor early = decryptor();
    clock.advance(TURN);
    assertThat(dueBy(early)).isTrue();
    ask(FreshnessStore.Rotation.GRADUAL);
    Decryptor other = decryptor();
    for (int half = 1; half <= 16; half++) {
      clock.advance(TURN.dividedBy(2));
      assertThat(deliver(half % 2 == 0 ? other : early, new Event.TenantsDue(List.of(ACME))))
          .isTrue();
      assertThat(readable("bank")).isEqualTo("one");
      assertThat(readable("tax")).isEqualTo("two");
    }
  }

  private void ask(FreshnessStore.Rotation rotation) {
    FreshnessStore.Secrets secrets = Objects.requireNonNull(store.secrets());
    assertThat(
            store.replaceSecrets(
                secrets,
                new FreshnessStore.Secrets(
                    secrets.current(), secrets.former(), secrets.formerUntil(), rotation)))
        .isTrue();
  }

  private void turn(Decryptor decryptor) {
    clock.advance(TURN);
    assertThat(dueBy(decryptor)).isTrue();
  }

  private SdkBytes signer(String name) {
    return signer(entry(name));
  }

  private static SdkBytes signer(Entry entry) {
    return Objects.requireNonNull(Objects.requireNonNull(entry.sealed()).vouching()).signer();
  }

  private boolean isRecordSignedBy(SdkBytes signer) {
    int slot = Wheel.slotOf(ACME, SLOTS);
    FreshnessRecord record =
        FreshnessRecord.parse(Objects.requireNonNull(store.record(slot)), slot);
    return Objects.requireNonNull(record).isSignedBy(signer);
  }

  @Test
  void anotherNumberOfSlotsMakesNothingUnreadable() {
    warm(2);
    int slots = SLOTS + 1;
    while (Wheel.slotOf(ACME, slots) == Wheel.slotOf(ACME, SLOTS)) {
      slots++;
    }
    Wheel moved = new DynamoWheel(dynamoDb, DynamoTables.WHEEL, slots);
    assertThat(moved.enrol(ACME)).isTrue();
    FreshnessStore records =
        new DynamoFreshnessStore(dynamoDb, DynamoTables.WHEEL, DynamoTables.CACHE, slots);
    Decryptor changed = decryptor(cache, records, moved, slots);

    for (int turn = 1; turn <= 8; turn++) {
      turn(changed);
      assertThat(readable("bank")).as("turn " + turn).isEqualTo("one");
      assertThat(readable("tax")).as("turn " + turn).isEqualTo("two");
    }

    assertThat(vouchedSlot("bank")).isEqualTo(Wheel.slotOf(ACME, slots));
  }

  @Test
  void aRecordThatSomebodyForgedIsNotSigned() {
    warm(2);
    int slot = Wheel.slotOf(ACME, SLOTS);
    SdkBytes forged =
        FreshnessRecord.sign(
            slot,
            clock.millis(),
            clock.millis() + TTL.toMillis(),
            Map.of(SdkBytes.fromUtf8String("not an id of"), FreshnessRecord.NO_PROBE),
            List.of(SigningKey.of(new byte[32])));
    assertThat(store.putRecord(slot, store.record(slot), forged, clock.millis(), clock.millis()))
        .isTrue();

    assertThat(due(ACME)).isTrue();

    assertThat(record()).hasSize(1).doesNotContain(SdkBytes.fromUtf8String("not an id of"));
  }

  private void warm(int turns) {
    for (int turn = 1; turn <= turns; turn++) {
      clock.advance(TURN);
      assertThat(due(ACME)).isTrue();
    }
  }

  private boolean due(String... tenants) {
    return deliver(new Event.TenantsDue(List.of(tenants)));
  }

  private boolean deliver(Event event) {
    return deliver(decryptor(), event);
  }

  private static boolean deliver(Decryptor decryptor, Event event) {
    return DecryptorWorld.deliver(decryptor, event);
  }

  private Decryptor decryptor() {
    return decryptor(store);
  }

  private Decryptor decryptor(FreshnessStore freshnessStore) {
    return decryptor(cache, freshnessStore);
  }

  private Decryptor decryptor(CacheTable table, FreshnessStore freshnessStore) {
    return decryptor(table, freshnessStore, wheel, SLOTS);
  }

  private Decryptor decryptor(
      CacheTable table, FreshnessStore freshnessStore, Wheel ofTenants, int slots) {
    Freshness freshness =
        new Freshness(
            new Freshness.Ports(
                freshnessStore,
                keys,
                Kms.signingContext(DynamoTables.CACHE),
                () -> "generation-" + ids.incrementAndGet(),
                new SecureRandom()),
            source,
            clock,
            LIFETIMES,
            SEAL_LIFE,
            slots);
    return new Decryptor(ports(table, ofTenants), LIFETIMES, RETRY_FAILED, freshness);
  }

  private Decryptor.Ports ports(CacheTable table, Wheel ofTenants) {
    SequentialFanout fanout = new SequentialFanout();
    Log log =
        new Log(new PrintStream(logged, true, StandardCharsets.UTF_8), clock, "decryptor", "cache");
    return new Decryptor.Ports(
        new Decryptor.Stores(table, ofTenants, source),
        new Decryptor.Crypto(decoder, keys, Envelope.of(new SecureRandom())),
        new MemoryBus(),
        Events::parse,
        new Decryptor.Fanouts(fanout, fanout, fanout),
        clock,
        clock::advance,
        () -> "lease-" + ids.incrementAndGet(),
        log);
  }

  private void original(String tenant, String name, String text, long version) {
    source.put(
        new CredentialId(tenant, name), PlainDecoder.PROFILE, PlainDecoder.encode(text), version);
  }

  private static String tenantInTheSlotOf(String tenant) {
    int slot = Wheel.slotOf(tenant, SLOTS);
    for (int i = 0; ; i++) {
      if (Wheel.slotOf("other-" + i, SLOTS) == slot) {
        return "other-" + i;
      }
    }
  }

  private Entry entry(String name) {
    return Objects.requireNonNull(cache.read(new CredentialId(ACME, name)));
  }

  private long sealedAt(String name) {
    return Objects.requireNonNull(entry(name).sealed()).sealedAt();
  }

  /** The ids that the record of {@link #ACME}'s slot names. */
  private Iterable<SdkBytes> record() {
    int slot = Wheel.slotOf(ACME, SLOTS);
    SdkBytes bytes = store.record(slot);
    FreshnessRecord record = bytes == null ? null : FreshnessRecord.parse(bytes, slot);
    return record == null ? List.of() : record.named().keySet();
  }

  private int vouchedSlot(String name) {
    SealedCredential sealed = Objects.requireNonNull(entry(name).sealed());
    return Objects.requireNonNull(sealed.vouching()).slot();
  }

  private SdkBytes vouchId(String name) {
    SealedCredential sealed = Objects.requireNonNull(entry(name).sealed());
    return Objects.requireNonNull(sealed.vouching()).id();
  }

  private @Nullable String readable(String name) {
    return readable(ACME, name);
  }

  /** The value that a reader with empty caches gets without a resolve; null if none. */
  private @Nullable String readable(String tenant, String name) {
    Entry entry = cache.read(new CredentialId(tenant, name));
    return Readable.value(entry, keys, cache::readRecord, clock.millis());
  }
}
