package dev.keepwarm.decryptor.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Evidence;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.engine.SourceRow;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The limits of each rule. An event is published at {@link #AT}. A time is certainly later if it is
 * later by at least {@link Event.Origin#PRECISION}.
 */
final class ChangeRulesTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final long AT = NOW - 7 * 60_000;
  private static final long AFTER = AT + Event.Origin.PRECISION;
  private static final long FENCE = 7;
  private static final long BEFORE_DELETABLE = 11;
  private static final long DELETABLE = 22;
  private static final long RETRY = NOW + 30_000;
  private static final CredentialId ID = new CredentialId("acme", "bank");
  private static final Event.Origin EVENT = new Event.Origin(AT, "event");
  private static final ChangeRules RULES = new ChangeRules(NOW, DELETABLE, RETRY);

  @Test
  void anEventFromTheFutureIsOneOfNow() {
    Event.Origin skewed = new Event.Origin(NOW + Evidence.CLOCK_SKEW, "event");
    Event.Origin future = new Event.Origin(NOW + Evidence.CLOCK_SKEW + 1, "event");

    assertThat(RULES.inThePast(skewed)).isEqualTo(skewed);
    assertThat(RULES.inThePast(future)).isEqualTo(new Event.Origin(NOW, "event"));
  }

  @Test
  void whatIsAnnouncedCountsUnlessItWasClearedAfterwards() {
    assertThat(RULES.announced(null, EVENT, 5L)).isEqualTo(5);
    assertThat(RULES.announced(tombstone(null), EVENT, 5L)).isEqualTo(5);
    assertThat(RULES.announced(tombstone(null, cleared(AFTER - 1)), EVENT, 5L)).isEqualTo(5);
    assertThat(RULES.announced(tombstone(null, cleared(AFTER)), EVENT, 5L)).isNull();
  }

  @Test
  void aChangeIsDoneWhereSomethingNewerCanBeUsed() {
    assertThat(RULES.isDone(ready(6), EVENT, 5L)).isTrue();
    assertThat(RULES.isDone(ready(5), EVENT, 5L)).isFalse();
    assertThat(RULES.isDone(ready(6), EVENT, null)).isFalse();
    assertThat(RULES.isDone(readyUntil(6, NOW + 1), EVENT, 5L)).isTrue();
    assertThat(RULES.isDone(readyUntil(6, NOW), EVENT, 5L)).isFalse();
    assertThat(RULES.isDone(tombstone(6L, asOf(AFTER)), EVENT, 5L)).isFalse();
  }

  @Test
  void aChangeIsDoneWhereTheSourceWasReadAfterwards() {
    assertThat(RULES.isDone(with(ready(5), asOf(AFTER)), EVENT, 5L)).isTrue();
    assertThat(RULES.isDone(with(ready(5), asOf(AFTER)), EVENT, null)).isTrue();
    assertThat(RULES.isDone(with(ready(5), asOf(AFTER)), EVENT, 6L)).isFalse();
    assertThat(RULES.isDone(with(ready(5), asOf(AFTER - 1)), EVENT, 5L)).isFalse();
    assertThat(RULES.isDone(with(failed(5L, NOW + 1), asOf(AFTER)), EVENT, 5L)).isTrue();
    assertThat(RULES.isDone(with(failed(5L, NOW), asOf(AFTER)), EVENT, 5L)).isFalse();
    assertThat(RULES.isDone(with(failed(null, NOW + 1), asOf(AFTER)), EVENT, 5L)).isFalse();
    assertThat(RULES.isDone(with(failed(null, NOW + 1), asOf(AFTER)), EVENT, null)).isTrue();
  }

  @Test
  void aValueStaysThatIsNewerThanTheChange() {
    assertThat(RULES.mustStay(ready(6), EVENT, 5L)).isTrue();
    assertThat(RULES.mustStay(readyUntil(6, NOW), EVENT, 5L)).isTrue();
    assertThat(RULES.mustStay(ready(5), EVENT, 5L)).isFalse();
    assertThat(RULES.mustStay(with(ready(5), asOf(AFTER)), EVENT, 5L)).isTrue();
    assertThat(RULES.mustStay(with(ready(5), asOf(AFTER - 1)), EVENT, 5L)).isFalse();
    assertThat(RULES.mustStay(with(failed(5L, NOW + 1), asOf(AFTER)), EVENT, 5L)).isFalse();
    assertThat(RULES.mustStay(tombstone(6L, asOf(AFTER)), EVENT, 5L)).isFalse();
  }

  /** An announced version that did not come in time was a mistake; the stored value must stay. */
  @Test
  void aValueStaysIfWhatWasAnnouncedIsNotAwaitedAnyMore() {
    Event.Origin awaited = new Event.Origin(NOW - Evidence.UNREACHED_AFTER + 1, "event");
    Event.Origin unreached = new Event.Origin(NOW - Evidence.UNREACHED_AFTER, "event");

    assertThat(RULES.mustStay(with(ready(5), asOf(NOW)), awaited, 6L)).isFalse();
    assertThat(RULES.mustStay(with(ready(5), asOf(NOW)), unreached, 6L)).isTrue();
    assertThat(RULES.mustStay(ready(5), unreached, 6L)).isFalse();
  }

  @Test
  void aChangeThatNamesAVersionSaysSinceWhenItIsThere() {
    assertThat(RULES.seen(ready(5), EVENT, 5L).newSince()).isEqualTo(AT);
    assertThat(RULES.seen(ready(6), EVENT, 5L).newSince()).isEqualTo(AT);
    assertThat(RULES.seen(ready(5), EVENT, 6L)).isEqualTo(Evidence.NONE);
    assertThat(RULES.seen(ready(5), EVENT, null)).isEqualTo(Evidence.NONE);
    assertThat(RULES.seen(failed(null, NOW), EVENT, 5L)).isEqualTo(Evidence.NONE);
  }

  @Test
  void aChangeNarrowsAPendingRevocationThatWasPublishedBefore() {
    Revocation pending = pending(AT - Event.Origin.PRECISION, 3L);

    assertThat(RULES.narrowed(tombstone(null, pending), EVENT, 6L))
        .isEqualTo(
            now(tombstone(null, new Revocation(5, 1, 0, AT - 1_000, AT - 1_000, "all", null, 4L))));
    assertThat(RULES.narrowed(tombstone(null, pending), EVENT, 4L).revocation().version())
        .isEqualTo(3);
    assertThat(RULES.narrowed(tombstone(null, pending), EVENT, 2L).revocation().version())
        .as("by its version")
        .isEqualTo(3);
    assertThat(RULES.narrowed(tombstone(9L, pending), EVENT, 6L).revocation().version())
        .as("what it hides")
        .isEqualTo(9);
    assertThat(RULES.narrowed(tombstone(null, pending(AT - 1_000, null)), EVENT, 1L).revocation())
        .returns(0L, Revocation::version);
  }

  @Test
  void nothingElseIsNarrowed() {
    Revocation pending = pending(AT - Event.Origin.PRECISION, 3L);

    assertThat(RULES.narrowed(tombstone(null, pending), EVENT, null)).isNull();
    assertThat(RULES.narrowed(tombstone(null, pending), EVENT, 0L)).isNull();
    assertThat(RULES.narrowed(tombstone(null), EVENT, 6L)).isNull();
    assertThat(RULES.narrowed(tombstone(null, settled(5, AT - 1_000)), EVENT, 6L)).isNull();
    assertThat(RULES.narrowed(tombstone(null, pending(AT - 999, null)), EVENT, 6L)).isNull();
  }

  /** Without a recorded event, the revocation counts as published at its own time. */
  @Test
  void aPendingRevocationThatNotedNoEventIsNarrowedByItsOwnTime() {
    assertThat(RULES.narrowed(tombstone(null, pendingAt(AT - 1_000)), EVENT, 6L)).isNotNull();
    assertThat(RULES.narrowed(tombstone(null, pendingAt(AT - 999)), EVENT, 6L)).isNull();
  }

  @Test
  void anInvalidationLeavesATombstoneThatAnyVersionMayFollow() {
    assertThat(RULES.invalidated(ID, null, EVENT, null))
        .isEqualTo(Entry.tombstone(ID, NOW, null, null, DELETABLE, cleared(AT)));
    assertThat(RULES.invalidated(ID, null, EVENT, 5L))
        .isEqualTo(Entry.tombstone(ID, NOW, null, null, DELETABLE, announced(5, AT)));
    assertThat(RULES.invalidated(ID, ready(4), EVENT, null))
        .isEqualTo(now(tombstone(null, cleared(AT))));
    assertThat(RULES.invalidated(ID, with(ready(4), asOf(AFTER)), EVENT, 5L))
        .isEqualTo(now(tombstone(null, announced(5, AT))));
    assertThat(RULES.invalidated(ID, tombstone(4L), EVENT, 5L))
        .isEqualTo(now(tombstone(null, announced(5, AT))));
  }

  @Test
  void anInvalidationKeepsTheVersionThatIsStillNeeded() {
    assertThat(RULES.invalidated(ID, tombstone(4L, asOf(AFTER)), EVENT, 5L).version()).isEqualTo(4);
    assertThat(RULES.invalidated(ID, tombstone(4L, asOf(AFTER - 1)), EVENT, 5L).version()).isNull();
    assertThat(RULES.invalidated(ID, tombstone(4L, pending(AT, null)), EVENT, 5L))
        .returns(4L, Entry::version)
        .returns(pending(AT, null).withRetryAt(0), Entry::revocation);
    assertThat(RULES.invalidated(ID, tombstone(4L, settled(3, AT)), EVENT, 5L))
        .returns(null, Entry::version)
        .returns(settled(3, AT).withRetryAt(0), Entry::revocation);
  }

  @Test
  void aRotationThatFailsLeavesATombstoneThatOlderVersionsDoNotFollow() {
    assertThat(RULES.unrotated(ready(4), EVENT, 5L))
        .isEqualTo(now(tombstone(4L, announced(5, AT))));
    assertThat(RULES.unrotated(with(ready(4), asOf(1)), EVENT, null))
        .isEqualTo(now(tombstone(4L, asOf(1))));
    assertThat(RULES.unrotated(ready(4).revoked(FENCE, settled(3, AT)), EVENT, null).revocation())
        .isEqualTo(settled(3, AT).withRetryAt(0));
  }

  @Test
  void aRevocationUpToAVersionTakesThatVersionAway() {
    Revocation five = new Revocation(5, NOW, RETRY, AT, null, null, null, null);

    assertThat(RULES.revokedUpTo(ID, null, EVENT, 5))
        .isEqualTo(Entry.tombstone(ID, NOW, null, five, DELETABLE, Evidence.NONE));
    assertThat(RULES.revokedUpTo(ID, ready(5), EVENT, 5)).isEqualTo(now(tombstone(null, five)));
    assertThat(RULES.revokedUpTo(ID, ready(6), EVENT, 5))
        .isEqualTo(ready(6).revoked(FENCE + 1, five));
    assertThat(RULES.revokedUpTo(ID, failed(5L, RETRY), EVENT, 5))
        .isEqualTo(now(tombstone(null, five)));
    assertThat(RULES.revokedUpTo(ID, failed(6L, RETRY), EVENT, 5))
        .isEqualTo(failed(6L, RETRY).revoked(FENCE + 1, five));
    assertThat(RULES.revokedUpTo(ID, failed(null, RETRY), EVENT, 5))
        .isEqualTo(now(tombstone(null, five)));
    assertThat(RULES.revokedUpTo(ID, tombstone(6L), EVENT, 5)).isEqualTo(now(tombstone(6L, five)));
    assertThat(RULES.revokedUpTo(ID, ready(5), EVENT, Revocation.ALL_VERSIONS).revocation())
        .as("the greatest number has a meaning of its own")
        .returns(Revocation.ALL_VERSIONS - 1, Revocation::version);
  }

  @Test
  void aRevocationUpToAVersionIsDoneByItselfAndByAGreaterOne() {
    Revocation five = new Revocation(5, 1, 2, AT, null, null, null, null);

    assertThat(RULES.revokedUpTo(ID, tombstone(null, five), EVENT, 5)).isNull();
    assertThat(RULES.revokedUpTo(ID, tombstone(null, five), EVENT, 4)).isNull();
    assertThat(RULES.revokedUpTo(ID, tombstone(null, five), EVENT, 6)).isNotNull();
    assertThat(RULES.revokedUpTo(ID, ready(6).revoked(FENCE, five), EVENT, 5)).isNull();
    assertThat(RULES.revokedUpTo(ID, ready(5).revoked(FENCE, five), EVENT, 5)).isNotNull();
    assertThat(RULES.revokedUpTo(ID, failed(null, RETRY).revoked(FENCE, five), EVENT, 5))
        .isNotNull();
    assertThat(RULES.revokedUpTo(ID, tombstone(null, five), new Event.Origin(AT + 1, "event"), 4))
        .as("a later one is noted")
        .isEqualTo(
            now(tombstone(null, new Revocation(5, NOW, RETRY, AT + 1, null, null, null, null))));
    assertThat(RULES.revokedUpTo(ID, tombstone(null, new Revocation(5, AT, 2)), EVENT, 5))
        .as("without a recorded event")
        .isNotNull();
  }

  @Test
  void aRevocationUpToAVersionIsNotedBesideAPendingOne() {
    Revocation before = new Revocation(Revocation.ALL_VERSIONS, 1, 2, AT, AT, "all", 3L, 4L);

    assertThat(RULES.revokedUpTo(ID, tombstone(9L, before), EVENT, 5))
        .isEqualTo(
            now(
                tombstone(
                    9L,
                    new Revocation(Revocation.ALL_VERSIONS, NOW, RETRY, AT, AT, "all", 5L, 4L))));
    assertThat(RULES.revokedUpTo(ID, tombstone(9L, before), EVENT, 3)).isNull();
    assertThat(RULES.revokedUpTo(ID, ready(2).revoked(FENCE, before), EVENT, 3)).isNull();
  }

  @Test
  void ofARevocationAndAnUnrevocationTheLaterOneCounts() {
    Revocation liftedAfter = new Revocation(5, 1, 0, AT - 1, null, null, null, AT + 1);
    Revocation liftedThen = new Revocation(5, 1, 0, AT - 1, null, null, null, AT);

    assertThat(RULES.revokedUpTo(ID, ready(5).revoked(FENCE, liftedAfter), EVENT, 5)).isNull();
    assertThat(RULES.revokedUpTo(ID, ready(5).revoked(FENCE, liftedThen), EVENT, 5)).isNotNull();
    assertThat(RULES.revokedUnnamed(ID, ready(5).revoked(FENCE, liftedAfter), EVENT))
        .isInstanceOf(ChangeRules.Ruling.Nothing.class);
    assertThat(RULES.revokedUnnamed(ID, ready(5).revoked(FENCE, liftedThen), EVENT))
        .isInstanceOf(ChangeRules.Ruling.Hidden.class);
    assertThat(RULES.settled(ID, ready(5).revoked(FENCE, liftedAfter), EVENT, null)).isNull();
    assertThat(RULES.settled(ID, ready(5).revoked(FENCE, liftedThen), EVENT, null)).isNotNull();
  }

  @Test
  void aRevocationWithoutAVersionHidesEveryVersionFirst() {
    Revocation all =
        new Revocation(Revocation.ALL_VERSIONS, NOW, RETRY, AT, AT, "event", null, null);

    assertThat(RULES.revokedUnnamed(ID, null, EVENT))
        .isEqualTo(
            new ChangeRules.Ruling.Hidden(
                Entry.tombstone(ID, NOW, null, all, DELETABLE, Evidence.NONE)));
    assertThat(RULES.revokedUnnamed(ID, with(ready(5), asOf(1)), EVENT))
        .isEqualTo(new ChangeRules.Ruling.Hidden(now(tombstone(5L, all).withEvidence(asOf(1)))));
    Entry hidden = tombstone(5L, all);
    assertThat(RULES.revokedUnnamed(ID, hidden, EVENT))
        .as("once")
        .isEqualTo(new ChangeRules.Ruling.Hidden(hidden));
    assertThat(RULES.revokedUnnamed(ID, tombstone(5L, settled(4, AT - 2_000)), EVENT))
        .as("what was revoked by its version stays so")
        .isEqualTo(
            new ChangeRules.Ruling.Hidden(
                now(
                    tombstone(
                        5L,
                        new Revocation(
                            Revocation.ALL_VERSIONS, NOW, RETRY, AT, AT, "event", 4L, null)))));
  }

  @Test
  void aLaterRevocationWithoutAVersionTakesOver() {
    Revocation later = pending(AT + 1, 3L);
    Revocation earlier = pending(AT - 1, 3L);

    assertThat(RULES.revokedUnnamed(ID, tombstone(5L, later), EVENT))
        .isEqualTo(new ChangeRules.Ruling.Hidden(tombstone(5L, later)));
    assertThat(RULES.revokedUnnamed(ID, tombstone(5L, earlier), EVENT))
        .isEqualTo(
            new ChangeRules.Ruling.Hidden(
                now(
                    tombstone(
                        5L,
                        new Revocation(
                            Revocation.ALL_VERSIONS, NOW, RETRY, AT, AT, "event", 3L, 4L)))));
    assertThat(RULES.settled(ID, tombstone(5L, later), EVENT, null)).isNull();
    assertThat(RULES.settled(ID, tombstone(5L, pending(AT, 3L)), EVENT, null)).isNotNull();
  }

  @Test
  void aRevocationWithoutAVersionIsNotOfWhatIsKnownToBeNewer() {
    assertThat(settledBy(with(ready(6), newSince(AFTER)))).isEqualTo(5);
    assertThat(settledBy(with(ready(6), newSince(AFTER - 1)))).isNull();
    assertThat(settledBy(with(ready(1), newSince(AFTER)))).isZero();
    assertThat(settledBy(with(ready(0), newSince(AFTER)))).isNull();
    assertThat(settledBy(with(ready(6), announced(8, AFTER)))).isEqualTo(7);
    assertThat(settledBy(with(ready(6), announced(8, AFTER - 1)))).isNull();
    Evidence both = new Evidence(null, null, AFTER, 8L, AFTER, null);
    assertThat(settledBy(with(ready(6), both))).isEqualTo(5);
    assertThat(settledBy(with(ready(9), both))).isEqualTo(7);
    assertThat(settledBy(with(ready(6).revoked(FENCE, settled(5, AT - 2_000)), newSince(AFTER))))
        .isEqualTo(5);
    assertThat(settledBy(with(ready(9).revoked(FENCE, new Revocation(8, 1, 2)), newSince(AFTER))))
        .isEqualTo(8);
  }

  private static @Nullable Long settledBy(Entry entry) {
    return RULES.revokedUnnamed(ID, entry, EVENT) instanceof ChangeRules.Ruling.Settled settled
        ? Long.valueOf(settled.entry().revocation().version())
        : null;
  }

  @Test
  void aRevocationWithoutAVersionIsSettledOnce() {
    Event.Origin again = new Event.Origin(AT, "another");
    Event.Origin nameless = new Event.Origin(AT, null);

    for (Event.Origin origin : new Event.Origin[] {EVENT, again, nameless}) {
      assertThat(isSettled(RULES, settledAs(AFTER, "all"), origin)).isTrue();
      assertThat(isSettled(RULES, settledAs(AFTER - 1, "all"), origin)).isFalse();
      assertThat(isSettled(RULES, settledAs(AT - 1, "event"), origin)).isFalse();
    }
    // Within the clock skew, an event of the same time may be another one.
    ChangeRules soon = new ChangeRules(AFTER + Evidence.CLOCK_SKEW - 1, DELETABLE, RETRY);
    ChangeRules later = new ChangeRules(AFTER + Evidence.CLOCK_SKEW, DELETABLE, RETRY);
    assertThat(isSettled(soon, settledAs(AT, "event"), EVENT)).isTrue();
    assertThat(isSettled(soon, settledAs(AT, "event"), again)).isFalse();
    assertThat(isSettled(soon, settledAs(AT, null), nameless)).isFalse();
    assertThat(isSettled(later, settledAs(AT, "event"), again)).isTrue();
  }

  private static boolean isSettled(ChangeRules rules, Revocation before, Event.Origin origin) {
    Entry entry = tombstone(null, before);
    boolean settled = rules.revokedUnnamed(ID, entry, origin) instanceof ChangeRules.Ruling.Nothing;
    assertThat(rules.settled(ID, entry, origin, null) == null).isEqualTo(settled);
    return settled;
  }

  @Test
  void theSourceSaysWhatARevocationWithoutAVersionIsAbout() {
    assertThat(RULES.settled(ID, null, EVENT, row(6, null)))
        .isEqualTo(
            Entry.tombstone(
                ID,
                NOW,
                null,
                new Revocation(6, NOW, RETRY, AT, AT, "event", null, null),
                DELETABLE,
                Evidence.NONE));
    assertThat(upTo(null, null)).isZero();
    assertThat(upTo(ready(5), null)).isEqualTo(5);
    assertThat(upTo(ready(5), row(6, null))).isEqualTo(6);
    assertThat(upTo(ready(7), row(6, null))).isEqualTo(7);
    assertThat(upTo(tombstone(null, settled(8, AT - 2_000)), row(6, null))).isEqualTo(8);
    assertThat(upTo(tombstone(5L, pending(AT, 9L)), row(6, null))).isEqualTo(9);
    assertThat(RULES.settled(ID, tombstone(5L, pending(AT, 9L)), EVENT, null).revocation().allBy())
        .as("of two of one moment, what is handled now")
        .isEqualTo("event");
  }

  @Test
  void aRevocationWithoutAVersionIsNotOfWhatTheSourceSaysIsNewer() {
    long certain = AFTER + Evidence.CLOCK_SKEW;
    assertThat(upTo(null, row(6, certain))).isEqualTo(5);
    assertThat(upTo(null, row(6, certain - 1))).isEqualTo(6);
    assertThat(upTo(null, row(0, certain))).isZero();
    assertThat(upTo(null, row(6, NOW + Evidence.CLOCK_SKEW))).isEqualTo(5);
    assertThat(upTo(null, row(6, NOW + Evidence.CLOCK_SKEW + 1))).isEqualTo(6);
    assertThat(upTo(ready(6), row(6, certain))).as("the cache has the same").isEqualTo(5);
    assertThat(upTo(ready(7), row(6, certain))).as("the cache has another").isEqualTo(7);
  }

  @Test
  void aRevocationWithoutAVersionIsNotOfWhatTheCacheSawAppear() {
    assertThat(upTo(with(ready(5), asOf(AFTER)), row(6, null))).isEqualTo(5);
    assertThat(upTo(with(ready(5), asOf(AFTER - 1)), row(6, null))).isEqualTo(6);
    assertThat(upTo(with(ready(6), asOf(AFTER)), row(6, null))).isEqualTo(6);
    assertThat(upTo(with(failed(null, RETRY), asOf(AFTER)), row(6, null))).isEqualTo(6);
    assertThat(upTo(with(ready(6), newSince(AFTER)), row(6, null))).isEqualTo(6);
    assertThat(upTo(with(ready(6), newSince(AFTER)), null)).isEqualTo(5);
    assertThat(upTo(with(ready(6), newSince(AFTER - 1)), null)).isEqualTo(6);
  }

  private static long upTo(@Nullable Entry entry, @Nullable SourceRow row) {
    return RULES.settled(ID, entry, EVENT, row).revocation().version();
  }

  @Test
  void anUnrevocationLiftsWhatWasRevokedBefore() {
    Revocation before = new Revocation(5, 1, 2, AT - 1, AT - 2, "all", null, null);

    assertThat(RULES.unrevoked(ID, tombstone(null, before), EVENT, null))
        .isEqualTo(now(tombstone(null, new Revocation(5, 1, 0, AT - 1, AT - 2, "all", null, AT))));
    assertThat(RULES.unrevoked(ID, null, EVENT, null))
        .isEqualTo(
            Entry.tombstone(
                ID,
                NOW,
                null,
                new Revocation(0, 0, 0, 0L, null, null, null, AT),
                DELETABLE,
                Evidence.NONE));
    assertThat(RULES.unrevoked(ID, failed(null, RETRY), EVENT, null).failure())
        .as("what is lifted takes nothing away")
        .isNotNull();
  }

  @Test
  void anUnrevocationFromAVersionOnRevokesThoseBefore() {
    Revocation before = new Revocation(8, 1, 2, AT - 1, AT - 2, "all", null, null);

    assertThat(RULES.unrevoked(ID, tombstone(null, before), EVENT, 5L))
        .isEqualTo(now(tombstone(null, new Revocation(4, 1, 0, AT, AT - 2, "all", null, AT))));
    assertThat(RULES.unrevoked(ID, tombstone(null, before), EVENT, 1L).revocation())
        .returns(0L, Revocation::version)
        .returns(AT, Revocation::revokedFor);
    assertThat(RULES.unrevoked(ID, tombstone(null, before), EVENT, 0L).revocation())
        .returns(8L, Revocation::version)
        .returns(AT - 1, Revocation::revokedFor);
  }

  @Test
  void aLaterRevocationOutlivesAnUnrevocation() {
    Revocation later = new Revocation(5, 1, 2, AT, AT - 2, "all", 3L, null);

    assertThat(RULES.unrevoked(ID, tombstone(null, later), EVENT, null))
        .isEqualTo(now(tombstone(null, new Revocation(5, 1, 2, AT, AT - 2, "all", 3L, AT))));
    Revocation lifted = new Revocation(5, 1, 0, AT - 2, null, null, null, AT - 1);
    assertThat(RULES.unrevoked(ID, tombstone(null, lifted), EVENT, null).revocation())
        .returns(AT, Revocation::unrevokedFor);
  }

  @Test
  void anUnrevocationIsDoneByItselfAndByALaterOne() {
    assertThat(RULES.unrevoked(ID, tombstone(null, liftedAt(AT)), EVENT, null)).isNull();
    assertThat(RULES.unrevoked(ID, tombstone(null, liftedAt(AT + 1)), EVENT, null)).isNull();
    assertThat(RULES.unrevoked(ID, tombstone(null, liftedAt(AT - 1)), EVENT, null)).isNotNull();
  }

  private static Revocation liftedAt(long at) {
    return new Revocation(5, 1, 0, AT - 10, null, null, null, at);
  }

  /** A revocation of every version, by an event without a version of that time. */
  private static Revocation pending(long allFor, @Nullable Long beside) {
    return new Revocation(Revocation.ALL_VERSIONS, 1, 2, allFor, allFor, "all", beside, 4L);
  }

  /** The same without a recorded event. */
  private static Revocation pendingAt(long at) {
    return new Revocation(Revocation.ALL_VERSIONS, at, 2);
  }

  private static Revocation settled(long version, long allFor) {
    return new Revocation(version, 1, 2, allFor, allFor, "all", null, null);
  }

  private static Revocation settledAs(long allFor, @Nullable String allBy) {
    return new Revocation(5, 1, 2, allFor, allFor, allBy, null, null);
  }

  private static SourceRow row(long version, @Nullable Long changedAt) {
    return new SourceRow.Original(ID, "profile", "ciphertext", version, changedAt);
  }

  private static Entry ready(long version) {
    return readyUntil(version, NOW + 1_000);
  }

  private static Entry readyUntil(long version, long hardExpiresAt) {
    SealedCredential sealed =
        new SealedCredential(
            version,
            SdkBytes.fromByteArray(new byte[40]),
            SdkBytes.fromByteArray(new byte[40]),
            NOW - 3,
            NOW - 2,
            NOW - 1,
            hardExpiresAt);
    return Entry.ready(ID, FENCE, sealed, 1, null, BEFORE_DELETABLE);
  }

  private static Entry failed(@Nullable Long version, long retryAt) {
    Failure failure = new Failure(version == null ? Failure.NOT_FOUND : "BAD_PADDING", retryAt);
    return Entry.failed(ID, FENCE, version, failure, 1, null, NOW - 2, BEFORE_DELETABLE);
  }

  private static Entry tombstone(@Nullable Long floor) {
    return tombstone(floor, Evidence.NONE);
  }

  private static Entry tombstone(@Nullable Long floor, Evidence evidence) {
    return Entry.tombstone(ID, FENCE, floor, null, BEFORE_DELETABLE, evidence);
  }

  private static Entry tombstone(@Nullable Long floor, Revocation revocation) {
    return Entry.tombstone(ID, FENCE, floor, revocation, BEFORE_DELETABLE, Evidence.NONE);
  }

  /** The tombstone that a rule would make now. */
  private static Entry now(Entry tombstone) {
    return Entry.tombstone(
        ID,
        FENCE + 1,
        tombstone.version(),
        tombstone.revocation(),
        DELETABLE,
        tombstone.evidence());
  }

  private static Entry with(Entry entry, Evidence evidence) {
    return entry.withEvidence(evidence);
  }

  private static Evidence asOf(long at) {
    return new Evidence(at, null, null, null, null, null);
  }

  private static Evidence newSince(long at) {
    return new Evidence(null, null, at, null, null, null);
  }

  private static Evidence announced(long version, long at) {
    return new Evidence(null, null, null, version, at, null);
  }

  private static Evidence cleared(long at) {
    return new Evidence(null, null, null, null, null, at);
  }
}
