package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.Evidence;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Fences;
import dev.keepwarm.core.internal.Lease;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.core.internal.Versions;
import dev.keepwarm.core.internal.Vouching;
import dev.keepwarm.engine.CacheTable.Tombstone;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The behaviour of every {@link CacheTable}. Each test uses a tenant of its own, so that all tests
 * can share one table.
 */
public abstract class CacheTableContract {
  /** Tags tests that require concurrent writes to have the same effect as sequential ones. */
  public static final String ATOMICITY = "atomicity";

  /** Tags tests that require expressions to accept values of any type, as AWS specifies. */
  public static final String TYPES = "types";

  static final long NOW = 1_767_225_600_000L;

  /** The first fence in tests that are not about it: a number from which it is easy to count. */
  private static final long BEGIN = 0;

  static final long DELETABLE = 1_767_230_000L;
  private static final Revocation REVOCATION = new Revocation(7, NOW, NOW + 5_000);

  private final CredentialId id = new CredentialId("tenant-" + UUID.randomUUID(), "name");

  /** The table under test. */
  protected abstract CacheTable table();

  /** Stores an item directly, bypassing the table under test. */
  protected abstract void plant(Map<String, AttributeValue> item);

  @Test
  void readsNullWhereThereIsNoEntry() {
    assertThat(table().read(id)).isNull();
    assertThat(table().readTenant(id.tenant())).isEmpty();
  }

  @Test
  void readsASealedEntryAsItWasPut() {
    Entry entry = ready(0, 5);

    assertThat(table().put(entry, null)).isTrue();

    assertThat(table().read(id)).isEqualTo(entry);
    assertThat(table().readTenant(id.tenant())).containsExactly(entry);
  }

  @Test
  void readsAFailedEntryAsItWasPut() {
    Entry entry =
        Entry.failed(id, 0, 5L, new Failure("BAD_PADDING", NOW + 1), 3, null, NOW, DELETABLE);

    assertThat(table().put(entry, null)).isTrue();

    assertThat(table().read(id)).isEqualTo(entry);
  }

  @Test
  void readsAFailedEntryWithoutAVersionAsItWasPut() {
    Entry entry = notFound(0);

    assertThat(table().put(entry, null)).isTrue();

    assertThat(table().read(id)).isEqualTo(entry);
  }

  @Test
  void pagesThroughAllEntriesAndCountsWhatIsNone() {
    List<CredentialId> ids =
        numbers(7).stream().map(i -> new CredentialId(id.tenant(), "name-" + i)).toList();
    ids.forEach(each -> assertThat(table().put(readyOf(each, 64), null)).isTrue());
    plantWithout(readyOf(new CredentialId(id.tenant(), "malformed"), 64), EntrySchema.SEALED);

    List<CredentialId> paged = new ArrayList<>();
    int malformed = 0;
    String from = null;
    do {
      CacheTable.EntryPage page = table().entries(from, 3);
      assertThat(page.entries().size() + page.malformed()).isLessThanOrEqualTo(3);
      page.entries().forEach(entry -> paged.add(entry.id()));
      malformed += page.malformed();
      from = page.next();
    } while (from != null);

    // Other tests may use the same table.
    assertThat(paged.stream().filter(each -> each.tenant().equals(id.tenant())))
        .containsExactlyInAnyOrderElementsOf(ids);
    assertThat(malformed).isPositive();
  }

  @Test
  void readsTheEntriesOfOneTenantInTheOrderOfTheirNames() {
    for (String name : List.of("b", "a", "B", "a.b", "-")) {
      assertThat(table().put(readyOf(new CredentialId(id.tenant(), name), 64), null)).isTrue();
    }
    CredentialId other = new CredentialId(id.tenant() + "2", "a");
    assertThat(table().put(readyOf(other, 64), null)).isTrue();

    assertThat(table().readTenant(id.tenant()))
        .extracting(entry -> entry.id().name())
        .containsExactly("-", "B", "a", "a.b", "b");
  }

  @Test
  void readsATenantThatFillsMoreThanOnePage() {
    List<Entry> entries =
        IntStream.range(10, 30)
            .mapToObj(i -> readyOf(new CredentialId(id.tenant(), "n" + i), 64 * 1024))
            .toList();
    entries.forEach(entry -> assertThat(table().put(entry, null)).isTrue());

    assertThat(table().readTenant(id.tenant())).isEqualTo(entries);
  }

  @Test
  void refusesToReadAnItemThatIsNoEntry() {
    plantWithout(ready(0, 5), EntrySchema.HARD_EXPIRES_AT);

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> table().read(id))
        .returns(ErrorCode.TAMPERED, KeepwarmException::code);
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> table().readTenant(id.tenant()))
        .returns(ErrorCode.TAMPERED, KeepwarmException::code);
  }

  @Test
  void readsEachItemOfATenantForItself() {
    Entry healthy = ready(0, 5);
    assertThat(table().put(healthy, null)).isTrue();
    CredentialId malformed = new CredentialId(id.tenant(), "malformed");
    plantWithout(readyOf(malformed, 64), EntrySchema.SEALED);
    Map<String, AttributeValue> unnameable = new HashMap<>(EntrySchema.toItem(healthy));
    unnameable.put(EntrySchema.NAME, AttributeValue.fromS("no name"));
    plant(unnameable);

    EntryTable.TenantItems items = table().readItems(id.tenant());

    assertThat(items.entries()).containsExactly(healthy);
    assertThat(items.malformed()).containsExactly(malformed);
    assertThat(items.unnameable()).isEqualTo(1);
  }

  @Test
  void replacesAnEntryThatIsStillTheOneThatWasReadWhateverTheVersions() {
    Entry before = stored(ready(3, 5));
    Entry older = ready(4, 2);

    assertThat(table().replace(older, before)).isTrue();

    assertThat(now()).isEqualTo(older);
  }

  @Test
  void replacesNothingWhereThereWasNothingOnlyIfThereStillIsNothing() {
    Entry entry = tombstone(1, null, null, DELETABLE);

    assertThat(table().replace(entry, null)).isTrue();
    assertThat(table().replace(tombstone(2, null, null, DELETABLE), null)).isFalse();

    assertThat(now()).isEqualTo(entry);
  }

  @Test
  void replacesNothingThatWasChangedSinceItWasRead() {
    Entry before = stored(ready(3, 5));
    Entry after = tombstone(4, null, null, DELETABLE);

    assertThat(table().put(ready(3, 6), before)).isTrue();
    assertThat(table().replace(after, before)).as("another version").isFalse();
    Entry newer = now();
    Entry raised = table().raiseFence(id, NOW, DELETABLE);
    assertThat(table().replace(after, newer)).as("another fence").isFalse();
    assertThat(now()).isEqualTo(raised);
    assertThat(table().replace(after, raised)).isTrue();
    assertThat(table().replace(after, raised)).as("gone").isFalse();
    assertThat(now()).isEqualTo(after);
  }

  /** The same version sealed again is another entry: it was read from the source later. */
  @Test
  void replacesNothingThatWasSealedAgainSinceItWasRead() {
    Entry before = stored(notFound(3));
    Entry again =
        Entry.failed(
            id, 3, null, new Failure(Failure.NOT_FOUND, NOW + 1), 0, null, NOW + 1, DELETABLE);
    assertThat(table().put(again, before)).isTrue();

    assertThat(table().replace(tombstone(4, null, null, DELETABLE), before)).isFalse();

    assertThat(now()).isEqualTo(again);
  }

  @Test
  void replacesNoTombstoneThatHoldsSomethingSince() {
    Entry bare = stored(tombstone(3, null, null, DELETABLE));
    for (Entry since : List.of(tombstone(3, 5L, null, DELETABLE), notFound(3))) {
      plant(EntrySchema.toItem(since));

      assertThat(table().replace(tombstone(4, null, null, DELETABLE), bare)).isFalse();

      assertThat(now()).isEqualTo(since);
    }
  }

  @Test
  void replacesATombstoneWithAndWithoutAVersion() {
    Entry bare = stored(tombstone(0, null, null, DELETABLE));
    Entry floor = tombstone(1, 5L, null, DELETABLE);

    assertThat(table().replace(floor, bare)).isTrue();
    assertThat(table().replace(floor, bare)).isFalse();
    assertThat(table().replace(bare, floor)).isTrue();

    assertThat(now()).isEqualTo(bare);
  }

  @Test
  void keepsWhatAnEntryKnowsAboutTime() {
    Revocation revocation =
        new Revocation(4, NOW, NOW + 5, NOW - 1, NOW - 2, "event-1", 3L, NOW - 3);
    Evidence evidence = new Evidence(NOW - 4, "event-2", NOW - 5, 6L, NOW - 6, NOW - 7);
    Entry entry = stored(ready(3, 5).revoked(3, revocation).withEvidence(evidence));
    assertThat(now()).isEqualTo(entry);

    Entry raised = table().raiseFence(id, NOW, DELETABLE);

    assertThat(raised.evidence()).isEqualTo(evidence);
    assertThat(raised.revocation()).isEqualTo(revocation);
    assertThat(table().buryIfUnchanged(raised, NOW, Tombstone.of(null, DELETABLE)))
        .isEqualTo(raised);
    // The times of reads are gone with the content. The revocation and its end are kept.
    assertThat(now().evidence()).isEqualTo(Evidence.NONE);
    assertThat(now().revocation()).isEqualTo(revocation.withRetryAt(0));
  }

  @Test
  void putsNothingOnAnEntryThatWasNotThereBefore() {
    Entry stored = stored(ready(0, 5));

    assertThat(table().put(ready(0, 6), null)).isFalse();
    assertThat(table().put(ready(0, 5), null)).as("the same once more").isFalse();

    assertThat(table().read(id)).isEqualTo(stored);
  }

  @Test
  void putsNothingWhereTheEntryOfBeforeIsGone() {
    assertThat(table().put(ready(0, 5), ready(0, 5))).isFalse();
    assertThat(table().put(ready(1, 5), ready(1, 5))).isFalse();

    assertThat(table().read(id)).isNull();
  }

  @Test
  void putReplacesAnEntryOfTheSameFence() {
    Entry stored = stored(ready(0, 5));
    Entry next = notFound(0);

    assertThat(table().put(next, stored)).isTrue();

    assertThat(table().read(id)).isEqualTo(next);
  }

  @Test
  void putEndsALease() {
    Entry stored = leased(stored(ready(0, 5)));

    assertThat(table().put(ready(0, 5), stored)).isTrue();

    assertThat(now().filling()).isNull();
  }

  @Test
  void putTakesTheSameVersionAndAGreaterOne() {
    Entry stored = stored(ready(0, 5));

    assertThat(table().put(ready(0, 5), stored)).isTrue();
    assertThat(table().put(ready(0, 6), stored)).isTrue();

    assertThat(now().version()).isEqualTo(6);
  }

  @Test
  void putRefusesASmallerVersion() {
    Entry stored = stored(ready(0, 5));

    assertThat(table().put(ready(0, 4), stored)).isFalse();

    assertThat(table().read(id)).isEqualTo(stored);
  }

  @Test
  @Tag(TYPES)
  void putLeavesWhatSomebodyHasSealedToBeVouchedForMeanwhile() {
    Entry before = stored(ready(0, 5));
    Entry vouchable = vouchable(5, 1);
    assertThat(table().put(vouchable, before)).isTrue();

    assertThat(table().put(ready(0, 5), before)).isFalse();
    assertThat(table().put(vouchable(5, 2), before)).isFalse();
    assertThat(table().put(notFound(0), before)).isFalse();
    assertThat(table().read(id)).isEqualTo(vouchable);

    assertThat(table().put(ready(0, 5), vouchable)).as("it was seen").isTrue();
  }

  @Test
  void putReplacesWhatSomebodyHasSealedToBeVouchedForByANewerVersion() {
    Entry before = stored(ready(0, 5));
    assertThat(table().put(vouchable(5, 1), before)).isTrue();

    assertThat(table().put(ready(0, 6), before)).isTrue();
  }

  @Test
  void putReplacesAVouchingOfAFormatThatNobodyHereKnows() {
    Entry before = stored(vouchable(5, 1));
    Map<String, AttributeValue> item = new HashMap<>(EntrySchema.toItem(before));
    item.put(EntrySchema.VOUCHING, AttributeValue.fromB(SdkBytes.fromByteArray(new byte[] {9})));
    plant(item);

    assertThat(table().put(ready(0, 5), now())).isTrue();
  }

  @Test
  void putReplacesATombstoneInWhichAFormerVersionHasLeftAVouching() {
    AttributeValue vouching =
        Objects.requireNonNull(EntrySchema.toItem(vouchable(5, 1)).get(EntrySchema.VOUCHING));
    Entry unused = table().bury(id, BEGIN, Tombstone.of(null, DELETABLE));
    Map<String, AttributeValue> item = new HashMap<>(EntrySchema.toItem(now()));
    item.put(EntrySchema.VOUCHING, vouching);
    plant(item);

    assertThat(table().put(ready(now().fence(), 5), now())).isTrue();
  }

  private Entry vouchable(long version, int proof) {
    return Entry.ready(id, 0, vouchableOf(ready(0, version), proof), 20, null, DELETABLE);
  }

  /** The entry's sealed value with a vouching, which no reader would believe. */
  static SealedCredential vouchableOf(Entry entry, int proof) {
    SealedCredential sealed = Objects.requireNonNull(entry.sealed());
    byte[] nonceAndTag = new byte[28];
    nonceAndTag[0] = (byte) proof;
    Vouching vouching =
        new Vouching(
            NOW + 4,
            1,
            SdkBytes.fromByteArray(new byte[Vouching.ID_LENGTH]),
            SdkBytes.fromByteArray(new byte[Vouching.KEY_LENGTH]),
            SdkBytes.fromByteArray(nonceAndTag));
    return sealed.with(vouching);
  }

  @Test
  void putComparesVersionsAsNumbers() {
    Entry stored = stored(ready(0, 10));

    assertThat(table().put(ready(0, 9), stored)).isFalse();
    assertThat(table().put(ready(0, Versions.MAX), stored)).isTrue();
    assertThat(table().put(ready(0, Versions.MAX - 1), stored)).isFalse();
  }

  @Test
  void putOfAnEntryWithoutAVersionDoesNotAskForOne() {
    Entry stored = stored(ready(0, 5));

    assertThat(table().put(notFound(0), stored)).isTrue();
  }

  @Test
  void putAfterTheFenceWasRaisedFails() {
    Entry before = stored(ready(0, 5));
    Entry raised = table().raiseFence(id, BEGIN, DELETABLE);

    assertThat(table().put(ready(0, 6), before)).isFalse();
    assertThat(table().read(id)).isEqualTo(raised);

    assertThat(table().put(ready(raised.fence(), 6), raised)).isTrue();
    assertThat(now().fence()).isEqualTo(1);
  }

  @Test
  void aTombstoneAsksNothing() {
    Entry unused = stored(ready(0, 5).withProbe(NOW));
    assertThat(now().probe()).isEqualTo(NOW);

    Entry before = table().bury(id, BEGIN, Tombstone.of(null, DELETABLE));

    assertThat(before).isNotNull();
    assertThat(table().put(ready(1, 6), now())).isTrue();
    assertThat(now().probe()).isNull();
  }

  @Test
  void putCanRaiseTheFence() {
    Entry before = stored(ready(0, 5));

    assertThat(table().put(notFound(1), before)).isTrue();

    assertThat(now().fence()).isEqualTo(1);
    assertThat(table().put(ready(0, 6), before)).isFalse();
  }

  @Test
  void putAfterABurialFails() {
    Entry before = stored(ready(0, 5));
    Entry unused = table().bury(id, BEGIN, Tombstone.of(null, DELETABLE));

    assertThat(table().put(ready(0, 6), before)).isFalse();
    assertThat(table().put(ready(0, 6), null)).isFalse();
  }

  @Test
  void putRespectsTheFloorOfATombstone() {
    Entry unused = table().bury(id, BEGIN, Tombstone.of(5L, DELETABLE));
    Entry tombstone = now();

    assertThat(table().put(ready(1, 4), tombstone)).isFalse();
    assertThat(table().put(ready(1, 5), tombstone)).isTrue();
  }

  @Test
  void putTakesAnAbsentFenceForZero() {
    plantWithout(ready(0, 5), EntrySchema.FENCE);
    Entry stored = now();

    assertThat(stored.fence()).isZero();
    assertThat(table().put(ready(1, 6), ready(1, 5))).isFalse();
    assertThat(table().put(ready(0, 4), stored)).isFalse();
    assertThat(table().put(ready(0, 6), stored)).isTrue();
  }

  @Test
  @Tag(ATOMICITY)
  void onlyOneOfTwoPutsOnNothingSucceeds() {
    List<Boolean> results = Fanout.bounded(8).map(numbers(8), i -> table().put(ready(0, i), null));

    assertThat(results).containsOnlyOnce(true);
    assertThat(now().version()).isEqualTo(results.indexOf(true));
  }

  @Test
  void raisingTheFenceLeavesTheEntryReadable() {
    Entry stored = leased(stored(ready(0, 5)));

    Entry raised = table().raiseFence(id, BEGIN, DELETABLE + 1);

    assertThat(raised).isEqualTo(with(stored, 1, DELETABLE + 1));
    assertThat(table().read(id)).isEqualTo(raised);
  }

  @Test
  void raisingTheFenceOfNothingMakesATombstone() {
    Entry raised = table().raiseFence(id, BEGIN, DELETABLE);

    assertThat(raised).isEqualTo(tombstone(1, null, null, DELETABLE));
    assertThat(table().read(id)).isEqualTo(raised);
  }

  @Test
  void raisingTheFenceOfARevocationGivesItNoTtl() {
    Entry unused = table().bury(id, BEGIN, Tombstone.revoking(REVOCATION));

    Entry raised = table().raiseFence(id, BEGIN, DELETABLE);

    assertThat(raised).isEqualTo(tombstone(2, null, REVOCATION, null));
  }

  @Test
  void raisingAnAbsentFenceMakesItOne() {
    plantWithout(ready(0, 5), EntrySchema.FENCE);

    assertThat(table().raiseFence(id, BEGIN, DELETABLE).fence()).isEqualTo(1);
  }

  @Test
  void anAbsentFenceBesideARevocationBeginsAtTheTime() {
    plantWithout(tombstone(0, null, REVOCATION, null), EntrySchema.FENCE);
    assertThat(table().raiseFence(id, NOW, DELETABLE).fence()).isEqualTo(NOW + 1);

    plantWithout(tombstone(0, null, REVOCATION, null), EntrySchema.FENCE);
    assertThat(table().bury(id, NOW, Tombstone.of(null, DELETABLE))).isNotNull();
    assertThat(now().fence()).isEqualTo(NOW + 1);
  }

  @Test
  @Tag(ATOMICITY)
  void everyRaiseOfAFenceCounts() {
    List<Long> fences =
        Fanout.bounded(8).map(numbers(8), i -> table().raiseFence(id, BEGIN, DELETABLE).fence());

    assertThat(fences).containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
  }

  @Test
  void aRevocationOfLessLeavesTheWiderOne() {
    Revocation wide = new Revocation(7, 1_000, 2_000);
    Entry unused = table().bury(id, BEGIN, Tombstone.revoking(wide));

    unused = table().bury(id, BEGIN, Tombstone.revoking(new Revocation(6, 3_000, 4_000)));

    assertThat(now().fence()).isEqualTo(2);
    assertThat(now().revocation().version()).isEqualTo(7);
    assertThat(now().deletableAt()).isNull();
  }

  @Test
  void onlyARevocationOfAllVersionsIsNarrowed() {
    Revocation all = new Revocation(Revocation.ALL_VERSIONS, 1_000, 2_000);
    Revocation six = new Revocation(6, 3_000, 4_000);
    Revocation five = new Revocation(5, 5_000, 6_000);
    Entry unused = table().bury(id, BEGIN, Tombstone.revoking(all));

    unused = table().bury(id, BEGIN, Tombstone.revoking(six));
    assertThat(now().revocation().version()).isEqualTo(Revocation.ALL_VERSIONS);
    unused = table().bury(id, BEGIN, Tombstone.narrowing(six));
    assertThat(now().revocation()).isEqualTo(six);
    unused = table().bury(id, BEGIN, Tombstone.narrowing(five));
    assertThat(now().revocation().version()).isEqualTo(6);
    assertThat(now().fence()).isEqualTo(4);
  }

  @Test
  void buryingNothingMakesATombstoneAndReturnsNull() {
    assertThat(table().bury(id, BEGIN, Tombstone.of(3L, DELETABLE))).isNull();

    assertThat(table().read(id)).isEqualTo(tombstone(1, 3L, null, DELETABLE));
  }

  @Test
  void buryingReturnsTheEntryBeforeAndLeavesNothingOfIt() {
    Entry stored = leased(stored(ready(0, 5)));

    assertThat(table().bury(id, BEGIN, Tombstone.of(null, DELETABLE + 1))).isEqualTo(stored);

    assertThat(table().read(id)).isEqualTo(tombstone(1, null, null, DELETABLE + 1));
  }

  @Test
  void buryingAFailedEntryLeavesNothingOfTheFailure() {
    Entry stored = stored(notFound(0));

    assertThat(table().bury(id, BEGIN, Tombstone.of(2L, DELETABLE))).isEqualTo(stored);

    assertThat(table().read(id)).isEqualTo(tombstone(1, 2L, null, DELETABLE));
  }

  @Test
  void aRevocationIsNeverGivenATtl() {
    Entry before = stored(ready(0, 5));

    assertThat(table().bury(id, BEGIN, Tombstone.revoking(REVOCATION))).isEqualTo(before);

    assertThat(table().read(id)).isEqualTo(tombstone(1, null, REVOCATION, null));
  }

  @Test
  void buryingKeepsARevocationThatIsThere() {
    Entry unused = table().bury(id, BEGIN, Tombstone.revoking(REVOCATION));

    Entry before = table().bury(id, BEGIN, Tombstone.of(4L, DELETABLE));

    assertThat(before).isEqualTo(tombstone(1, null, REVOCATION, null));
    assertThat(table().read(id)).isEqualTo(tombstone(2, 4L, askAtOnce(REVOCATION), null));
  }

  @Test
  void buryingAnEntryWithARevocationRemovesItsTtl() {
    plant(EntrySchema.toItem(withRevocation(ready(3, 8), DELETABLE)));

    Entry unused = table().bury(id, BEGIN, Tombstone.of(null, DELETABLE));

    assertThat(table().read(id)).isEqualTo(tombstone(4, null, askAtOnce(REVOCATION), null));
  }

  @Test
  void buryingWithARevocationReplacesTheOneThatIsThere() {
    Revocation next = new Revocation(9, NOW + 1, NOW + 2);
    Entry unused = table().bury(id, BEGIN, Tombstone.revoking(REVOCATION));

    Entry before = table().bury(id, BEGIN, Tombstone.revoking(next));

    assertThat(before).isNotNull();
    assertThat(table().read(id)).isEqualTo(tombstone(2, null, next, null));
  }

  @Test
  void buriesWhatHasTheSameFence() {
    Entry stored = stored(ready(0, 5));
    Entry raised = table().raiseFence(id, BEGIN, DELETABLE);

    assertThat(table().buryIfUnchanged(stored, BEGIN, Tombstone.of(1L, DELETABLE))).isNull();
    assertThat(table().read(id)).isEqualTo(raised);

    assertThat(table().buryIfUnchanged(raised, BEGIN, Tombstone.of(1L, DELETABLE))).isNotNull();
    assertThat(table().read(id)).isEqualTo(tombstone(2, 1L, null, DELETABLE));
  }

  /** A put does not raise the fence. */
  @Test
  void doesNotBuryWhatWasStoredSince() {
    Entry read = stored(ready(0, 5));
    Entry failed =
        Entry.failed(id, 0, 5L, new Failure("BAD_ROW", NOW + 1), 1, null, NOW - 1, DELETABLE);
    for (Entry since : List.of(failed, ready(0, 6))) {
      assertThat(table().put(since, read)).isTrue();

      assertThat(table().buryIfUnchanged(read, BEGIN, Tombstone.of(null, DELETABLE))).isNull();
      assertThat(now()).isEqualTo(since);
    }
    Entry tombstone =
        Objects.requireNonNull(table().bury(id, BEGIN, Tombstone.of(null, DELETABLE)));
    assertThat(tombstone).isEqualTo(ready(0, 6));
    Entry buried = now();
    assertThat(table().put(ready(buried.fence(), 5), buried)).isTrue();

    assertThat(table().buryIfUnchanged(buried, BEGIN, Tombstone.of(null, DELETABLE))).isNull();
    assertThat(now()).isEqualTo(ready(buried.fence(), 5));
  }

  @Test
  void whatSomebodyHasLeftInAnItemOfAnotherStateIsNoChange() {
    Entry failed =
        Entry.failed(id, 3, 5L, new Failure("BAD_ROW", NOW + 1), 1, null, NOW - 1, DELETABLE);
    Map<String, AttributeValue> item = new HashMap<>(EntrySchema.toItem(failed));
    item.put(EntrySchema.SEALED, AttributeValue.fromB(SdkBytes.fromUtf8String("left")));
    plant(item);
    assertThat(table().buryIfUnchanged(now(), BEGIN, Tombstone.of(null, DELETABLE))).isNotNull();

    item = new HashMap<>(EntrySchema.toItem(tombstone(3, null, null, DELETABLE)));
    item.put(EntrySchema.SEALED_AT, AttributeValue.fromN("7"));
    plant(item);
    assertThat(table().buryIfUnchanged(now(), BEGIN, Tombstone.of(null, DELETABLE))).isNotNull();
  }

  @Test
  void buriesWhatWasLeasedSince() {
    Entry read = stored(ready(0, 5));
    assertThat(table().lease(id, new Lease("me", NOW + 5), null, NOW, DELETABLE).isTaken())
        .isTrue();

    assertThat(table().buryIfUnchanged(read, BEGIN, Tombstone.of(null, DELETABLE))).isNotNull();
    assertThat(now()).isEqualTo(tombstone(1, null, null, DELETABLE));
  }

  @Test
  void anEntryWithoutAVersionIsNotStoredOverAVersionThatWasNotRead() {
    Entry tombstone = stored(tombstone(3, null, null, DELETABLE));
    assertThat(table().put(ready(3, 5), tombstone)).isTrue();
    Entry missing =
        Entry.failed(id, 4, null, new Failure(Failure.NOT_FOUND, NOW), 1, null, NOW, DELETABLE);

    assertThat(table().put(missing, tombstone)).isFalse();
    assertThat(now()).isEqualTo(ready(3, 5));

    assertThat(table().put(missing, ready(3, 5))).isTrue();
    assertThat(now()).isEqualTo(missing);
  }

  @Test
  void buriesNothingWhereThereIsNoEntry() {
    assertThat(table().buryIfUnchanged(ready(0, 5), BEGIN, Tombstone.of(null, DELETABLE))).isNull();

    assertThat(table().read(id)).isNull();
  }

  @Test
  void buryingTakesAnAbsentFenceForZero() {
    plantWithout(ready(0, 5), EntrySchema.FENCE);

    assertThat(table().buryIfUnchanged(ready(1, 5), BEGIN, Tombstone.of(null, DELETABLE))).isNull();
    assertThat(table().buryIfUnchanged(ready(0, 5), BEGIN, Tombstone.of(null, DELETABLE)))
        .isNotNull();

    assertThat(now().fence()).isEqualTo(1);
  }

  @Test
  void buryingWhatIsUnchangedKeepsARevocation() {
    Entry unused = table().bury(id, BEGIN, Tombstone.revoking(REVOCATION));

    assertThat(
            table()
                .buryIfUnchanged(
                    tombstone(0, null, REVOCATION, null), BEGIN, Tombstone.of(null, DELETABLE)))
        .isNull();
    assertThat(table().buryIfUnchanged(now(), BEGIN, Tombstone.of(null, DELETABLE))).isNotNull();

    assertThat(table().read(id)).isEqualTo(tombstone(2, null, askAtOnce(REVOCATION), null));
  }

  @Test
  void buryingWhatIsUnchangedWithARevocationGivesItNoTtl() {
    Entry stored = stored(ready(0, 5));

    assertThat(table().buryIfUnchanged(stored, BEGIN, Tombstone.revoking(REVOCATION))).isNotNull();

    assertThat(table().read(id)).isEqualTo(tombstone(1, null, REVOCATION, null));
  }

  @Test
  void changesTheRevocationOfATombstoneAndNotItsFence() {
    Entry unused = table().bury(id, BEGIN, Tombstone.of(2L, DELETABLE));
    Entry leased = leased(now());

    assertThat(table().putRevocation(id, leased.fence(), REVOCATION)).isTrue();

    assertThat(table().read(id)).isEqualTo(tombstone(1, 2L, REVOCATION, null));
  }

  @Test
  void putsNoRevocationUnderAnotherFence() {
    Entry unused = table().bury(id, BEGIN, Tombstone.of(null, DELETABLE));
    Entry tombstone = now();

    assertThat(table().putRevocation(id, 0, REVOCATION)).isFalse();
    assertThat(table().putRevocation(id, 2, REVOCATION)).isFalse();

    assertThat(table().read(id)).isEqualTo(tombstone);
  }

  @Test
  void putsNoRevocationOnAnythingButATombstone() {
    assertThat(table().putRevocation(id, 0, REVOCATION)).isFalse();
    assertThat(table().read(id)).isNull();

    Entry ready = stored(ready(0, 5));
    assertThat(table().putRevocation(id, 0, REVOCATION)).isFalse();
    assertThat(table().read(id)).isEqualTo(ready);

    Entry failed = notFound(0);
    assertThat(table().put(failed, ready)).isTrue();
    assertThat(table().putRevocation(id, 0, REVOCATION)).isFalse();
    assertThat(table().read(id)).isEqualTo(failed);
  }

  /** A writer that has read an item before its deletion must not mistake the next one for it. */
  @Test
  void theFenceOfANewItemBeginsAtTheWritersTimeOrAtALeasesOwnNumber() {
    CredentialId raised = new CredentialId(id.tenant(), "raised");
    CredentialId buried = new CredentialId(id.tenant(), "buried");
    CredentialId leased = new CredentialId(id.tenant(), "leased");

    assertThat(table().raiseFence(raised, NOW, DELETABLE).fence()).isEqualTo(NOW + 1);
    assertThat(table().bury(buried, NOW, Tombstone.of(null, DELETABLE))).isNull();
    assertThat(table().lease(leased, new Lease("a", NOW + 10), null, NOW, DELETABLE).isTaken())
        .isTrue();

    assertThat(table().read(buried).fence()).isEqualTo(NOW + 1);
    assertThat(table().read(leased).fence()).isEqualTo(Fences.ofLease("a"));
  }

  @Test
  void theTimeOfAWriterDoesNotChangeAFenceThatIsThere() {
    Entry unused = stored(ready(3, 5));

    assertThat(table().raiseFence(id, NOW, DELETABLE).fence()).isEqualTo(4);
    unused = table().bury(id, NOW, Tombstone.of(null, DELETABLE));

    assertThat(now().fence()).isEqualTo(5);
  }

  @Test
  void aRevocationOfAllVersionsKeepsTheVersionBesideIt() {
    Revocation all = new Revocation(Revocation.ALL_VERSIONS, NOW, NOW);
    Entry unused = table().bury(id, BEGIN, new Tombstone(5L, all, false, 0));

    unused = table().bury(id, BEGIN, Tombstone.of(null, DELETABLE));
    assertThat(now()).isEqualTo(tombstone(2, 5L, askAtOnce(all), null));
    unused = table().bury(id, BEGIN, Tombstone.of(4L, DELETABLE));
    assertThat(now().version()).isEqualTo(5);
    unused = table().bury(id, BEGIN, Tombstone.revoking(REVOCATION));
    assertThat(now()).isEqualTo(tombstone(4, 5L, askAtOnce(all), null));
    assertThat(table().buryIfUnchanged(now(), BEGIN, Tombstone.of(6L, DELETABLE))).isNotNull();
    assertThat(now().version()).isEqualTo(6);
    unused = table().bury(id, BEGIN, Tombstone.narrowing(REVOCATION));
    assertThat(now()).isEqualTo(tombstone(6, null, REVOCATION, null));
  }

  @Test
  void aRevocationOfAllVersionsKeepsNothingThatIsNoVersion() {
    Map<String, AttributeValue> item = new HashMap<>(EntrySchema.toItem(ready(0, 5)));
    item.put(EntrySchema.REVOKED, AttributeValue.fromN(Long.toString(Revocation.ALL_VERSIONS)));
    item.put(EntrySchema.REVOKED_AT, AttributeValue.fromN("1"));
    item.put(EntrySchema.RETRY_AT, AttributeValue.fromN("1"));
    item.put(EntrySchema.VERSION, AttributeValue.fromS("5"));
    plant(item);

    assertThat(table().bury(id, BEGIN, Tombstone.of(null, DELETABLE))).isNotNull();

    assertThat(now().version()).isNull();
    assertThat(now().revocation().version()).isEqualTo(Revocation.ALL_VERSIONS);
  }

  @Test
  void leasesWhatIsAbsentByATombstone() {
    Lease lease = new Lease("a", NOW + 10);

    assertThat(table().lease(id, lease, null, NOW, DELETABLE).isTaken()).isTrue();

    assertThat(table().read(id))
        .isEqualTo(
            new Entry(
                id,
                Fences.ofLease("a"),
                Entry.Tombstone.BARE,
                null,
                lease,
                DELETABLE,
                Evidence.NONE));
    assertThat(table().put(ready(0, 5), null)).isFalse();
    assertThat(table().put(ready(now().fence(), 5), now())).isTrue();
  }

  @Test
  void aLeaseLeavesTheEntryAsItIs() {
    Entry stored = stored(ready(0, 5));
    Lease lease = new Lease("a", NOW + 10);

    assertThat(table().lease(id, lease, null, NOW, DELETABLE + 99).isTaken()).isTrue();

    assertThat(table().read(id)).isEqualTo(withLease(stored, lease));
  }

  @Test
  void aLeaseGivesARevocationNoTtl() {
    Entry unused = table().bury(id, BEGIN, Tombstone.revoking(REVOCATION));

    assertThat(table().lease(id, new Lease("a", NOW + 10), null, NOW, DELETABLE).isTaken())
        .isTrue();

    assertThat(now().deletableAt()).isNull();
  }

  /** So a caller that reads the source afterwards has read the fence first. */
  @Test
  void aLeaseReturnsWhatIsThere() {
    Lease lease = new Lease("a", NOW + 10);
    assertThat(table().lease(id, lease, null, NOW, DELETABLE))
        .isEqualTo(new CacheTable.Taken(now()));
    assertThat(table().lease(id, new Lease("b", NOW + 10), null, NOW, DELETABLE))
        .isEqualTo(new CacheTable.Kept(now()));

    Entry revoked = table().bury(id, NOW, Tombstone.revoking(REVOCATION));
    assertThat(revoked).isNotNull();
    assertThat(table().lease(id, lease, null, NOW, DELETABLE))
        .isEqualTo(new CacheTable.Taken(now()));
    assertThat(now().filling()).isEqualTo(lease);
    assertThat(table().lease(id, new Lease("b", NOW + 10), null, NOW, DELETABLE))
        .isEqualTo(new CacheTable.Kept(now()));
  }

  /** The table's condition and {@link CacheTable.Missing#mayBe} decide the same. */
  @Test
  void aLeaseIsTakenOfWhatIsNotTheAnswerAndOfNothingElse() {
    List<Entry> entries = new ArrayList<>();
    for (Entry entry :
        List.of(
            ready(3, 5),
            withRevocation(ready(3, 5), DELETABLE),
            notFound(3),
            tombstone(3, null, null, DELETABLE),
            tombstone(3, 5L, REVOCATION, null),
            tombstone(3, 5L, askAtOnce(REVOCATION), null))) {
      for (int i = 0; i < 2; i++) {
        CredentialId each = new CredentialId(id.tenant(), "name-" + entries.size());
        Entry named =
            new Entry(
                each,
                3,
                entry.content(),
                entry.revocation(),
                null,
                entry.deletableAt(),
                Evidence.NONE);
        plant(EntrySchema.toItem(named));
        entries.add(named);
      }
    }
    int lease = 0;
    int taken = 0;
    for (Entry entry : entries) {
      for (long now : new long[] {NOW - 2, NOW - 1, NOW, NOW + 1, NOW + 2, NOW + 3, NOW + 5_000}) {
        for (Long newerThan : new Long[] {null, 4L, 5L}) {
          CacheTable.Missing missing = new CacheTable.Missing(newerThan, 2);
          Lease ours = new Lease("by " + lease++, now + 10);

          CacheTable.Leased leased = table().lease(entry.id(), ours, missing, now, DELETABLE);

          assertThat(leased)
              .as("%s, %s at %d", entry, missing, now)
              .isEqualTo(
                  missing.mayBe(entry, now)
                      ? new CacheTable.Kept(entry)
                      : new CacheTable.Taken(entry.withFilling(ours)));
          taken += leased.isTaken() ? 1 : 0;
          table().release(entry.id(), ours.by());
        }
      }
    }
    assertThat(taken).isBetween(1, lease - 1);
  }

  @Test
  void aLeaseLeavesAMalformedItemAsItIs() {
    Map<String, AttributeValue> shiny = new HashMap<>(EntrySchema.toItem(ready(3, 5)));
    shiny.put(EntrySchema.STATE, AttributeValue.fromS("SHINY"));
    for (Map<String, AttributeValue> item :
        List.of(
            shiny,
            EntrySchema.key(id),
            without(ready(3, 5), EntrySchema.HARD_EXPIRES_AT),
            without(ready(3, 5), EntrySchema.STATE))) {
      plant(item);

      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> table().lease(id, new Lease("a", NOW + 10), null, NOW + 9, DELETABLE))
          .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.TAMPERED));

      assertThatExceptionOfType(KeepwarmException.class).isThrownBy(() -> table().read(id));
      Entry mended = table().raiseFence(id, NOW, DELETABLE);
      assertThat(mended.filling()).isNull();
    }
  }

  private static Map<String, AttributeValue> without(Entry entry, String attribute) {
    Map<String, AttributeValue> item = new HashMap<>(EntrySchema.toItem(entry));
    assertThat(item.remove(attribute)).isNotNull();
    return item;
  }

  @Test
  void aLeaseThatIsHeldIsNotGivenAway() {
    Lease held = new Lease("a", NOW + 10);
    assertThat(table().lease(id, held, null, NOW, DELETABLE).isTaken()).isTrue();

    assertThat(table().lease(id, new Lease("b", NOW + 99), null, NOW + 9, DELETABLE).isTaken())
        .isFalse();

    assertThat(now().filling()).isEqualTo(held);
  }

  /** The answer to the first request may have been lost. The holder must not wait for itself. */
  @Test
  void aLeaseIsItsHolders() {
    Lease lease = new Lease("a", NOW + 10);
    assertThat(table().lease(id, lease, null, NOW, DELETABLE).isTaken()).isTrue();
    assertThat(table().lease(id, lease, null, NOW, DELETABLE).isTaken()).isTrue();

    Entry unused = table().bury(id, BEGIN, Tombstone.revoking(REVOCATION));
    assertThat(table().lease(id, lease, null, NOW, DELETABLE).isTaken()).isTrue();
    assertThat(table().lease(id, lease, null, NOW, DELETABLE).isTaken()).isTrue();

    assertThat(now().filling()).isEqualTo(lease);
  }

  @Test
  void aLeaseThatNobodyCanHaveTakenHoldsNobodyUp() {
    assertThat(table().lease(id, new Lease("a", Versions.MAX), null, NOW, DELETABLE).isTaken())
        .isTrue();

    assertThat(table().lease(id, new Lease("b", NOW + 10), null, NOW, DELETABLE).isTaken())
        .isTrue();
    assertThat(table().lease(id, new Lease("c", NOW + 10), null, NOW, DELETABLE).isTaken())
        .isFalse();
  }

  @Test
  void aLeaseThatHasLapsedIsGivenAway() {
    Lease next = new Lease("b", NOW + 99);
    assertThat(table().lease(id, new Lease("a", NOW + 10), null, NOW, DELETABLE).isTaken())
        .isTrue();

    assertThat(table().lease(id, next, null, NOW + 10, DELETABLE).isTaken()).isTrue();

    assertThat(now().filling()).isEqualTo(next);
  }

  @Test
  @Tag(ATOMICITY)
  void onlyOneOfManyTakesALease() {
    List<Boolean> results =
        Fanout.bounded(8)
            .map(
                numbers(8),
                i ->
                    table()
                        .lease(id, new Lease("by" + i, NOW + 10), null, NOW, DELETABLE)
                        .isTaken());

    assertThat(results).containsOnlyOnce(true);
    assertThat(now().filling()).isEqualTo(new Lease("by" + results.indexOf(true), NOW + 10));
  }

  @Test
  void aLeaseIsGivenBackByItsHolderOnly() {
    Entry stored = stored(ready(0, 5));
    Entry leased = leased(stored);

    table().release(id, "somebody else");
    assertThat(table().read(id)).isEqualTo(leased);

    table().release(id, "holder");
    assertThat(table().read(id)).isEqualTo(stored);

    assertThat(table().lease(id, new Lease("b", NOW + 99), null, NOW, DELETABLE).isTaken())
        .isTrue();
  }

  @Test
  void givingBackALeaseOfNothingMakesNothing() {
    table().release(id, "holder");

    assertThat(table().read(id)).isNull();
  }

  @Test
  void forgetsWhatALeaseHasMade() {
    assertThat(table().lease(id, new Lease("a", NOW + 10), null, NOW, DELETABLE).isTaken())
        .isTrue();

    assertThat(table().forget(id, "b")).isFalse();
    assertThat(table().forget(id, "a")).isTrue();

    assertThat(table().read(id)).isNull();
    assertThat(table().forget(id, "a")).isFalse();
  }

  /** Each of these needs the item: a fence to be kept, a revocation, a value. */
  @Test
  void forgetsNothingThatSomebodyHasWrittenSinceTheLease() {
    Lease lease = new Lease("a", NOW + 10);
    assertThat(table().lease(id, lease, null, NOW, DELETABLE).isTaken()).isTrue();
    Entry raised = table().raiseFence(id, NOW, DELETABLE);
    assertThat(table().forget(id, "a")).isFalse();
    assertThat(table().read(id)).isEqualTo(raised);

    CredentialId stored = new CredentialId(id.tenant(), "stored");
    assertThat(table().lease(stored, lease, null, NOW, DELETABLE).isTaken()).isTrue();
    Entry leased = table().read(stored);
    assertThat(table().put(readyOf(stored, leased.fence(), 5, 64), leased)).isTrue();
    assertThat(table().forget(stored, "a")).isFalse();

    CredentialId revoked = new CredentialId(id.tenant(), "revoked");
    assertThat(table().lease(revoked, lease, null, NOW, DELETABLE).isTaken()).isTrue();
    leased = table().read(revoked);
    assertThat(table().putRevocation(revoked, leased.fence(), REVOCATION)).isTrue();
    assertThat(table().forget(revoked, "a")).isFalse();
    assertThat(table().read(revoked).revocation()).isEqualTo(REVOCATION);
  }

  /** After a lease has lapsed, another caller may have taken it, or the same one again. */
  @Test
  void forgetsNothingThatWasLeasedAgain() {
    Lease lease = new Lease("a", NOW + 10);
    Lease theirs = new Lease("b", NOW + 20);
    assertThat(table().lease(id, lease, null, NOW, DELETABLE).isTaken()).isTrue();
    assertThat(table().lease(id, theirs, null, NOW + 10, DELETABLE).isTaken()).isTrue();
    assertThat(table().forget(id, "a")).isFalse();
    assertThat(now().filling()).isEqualTo(theirs);

    long fence = now().fence();
    for (Entry since : List.of(ready(fence, 5), notFound(fence), tombstone(fence, 5L, null, 1L))) {
      plant(EntrySchema.toItem(withLease(since, lease)));
      assertThat(table().forget(id, "a")).as("%s", since.content()).isFalse();
    }
    plant(EntrySchema.toItem(withLease(tombstone(fence, null, REVOCATION, null), lease)));
    assertThat(table().forget(id, "a")).as("a revocation").isFalse();
    assertThat(now().revocation()).isEqualTo(REVOCATION);
  }

  @Test
  void forgetsNothingThatWasThereBeforeTheLease() {
    Entry unused = table().bury(id, NOW, Tombstone.of(null, DELETABLE));
    assertThat(table().lease(id, new Lease("a", NOW + 10), null, NOW, DELETABLE).isTaken())
        .isTrue();

    assertThat(table().forget(id, "a")).isFalse();

    assertThat(now().fence()).isEqualTo(NOW + 1);
  }

  @Test
  void deletesANegativeEntryThatIsStillTheSame() {
    Entry ended = stored(notFound(3));
    assertThat(table().deleteEnded(notFound(4))).isFalse();
    Entry raised = table().raiseFence(id, NOW, DELETABLE + 1);
    assertThat(table().deleteEnded(ended)).isFalse();

    assertThat(table().deleteEnded(raised)).isTrue();

    assertThat(table().read(id)).isNull();
    assertThat(table().deleteEnded(raised)).isFalse();
  }

  @Test
  void deletesNothingThatWasStoredSince() {
    Entry ended = stored(notFound(3));
    assertThat(table().put(with(ended, 3, DELETABLE + 1), ended)).isTrue();
    assertThat(table().deleteEnded(ended)).as("to be kept for longer").isFalse();
    assertThat(table().put(ready(3, 5), ended)).isTrue();
    assertThat(table().deleteEnded(ended)).as("a value").isFalse();
    plant(EntrySchema.toItem(withRevocation(ended, DELETABLE)));
    assertThat(table().deleteEnded(ended)).as("a revocation").isFalse();

    assertThat(now().isRevoked(REVOCATION.version())).isTrue();
  }

  @Test
  void deletesNothingThatNobodyMayDelete() {
    Entry forever = tombstone(3, null, null, null);
    plant(EntrySchema.toItem(forever));
    assertThat(table().deleteEnded(forever)).isFalse();
    assertThat(now()).isEqualTo(forever);

    plant(EntrySchema.toItem(withRevocation(notFound(3), DELETABLE)));
    Entry revoked = now();
    assertThat(table().deleteEnded(revoked)).isFalse();
    assertThat(now()).isEqualTo(revoked);
  }

  @Test
  void deletesNothingThatHoldsSomething() {
    Entry ready = stored(ready(0, 5));
    assertThat(table().deleteEnded(ready)).isFalse();

    Entry unused = table().bury(id, BEGIN, Tombstone.revoking(REVOCATION));
    assertThat(table().deleteEnded(now())).isFalse();

    assertThat(now().revocation()).isEqualTo(REVOCATION);
  }

  /** A value that another writer may put into an item, but that Keepwarm never writes. */
  record Malformed(String attribute, AttributeValue value) {
    @Override
    public String toString() {
      return attribute + " = " + value;
    }
  }

  static List<Malformed> malformed() {
    List<Malformed> all = new ArrayList<>();
    for (String attribute : EntrySchema.ATTRIBUTES) {
      AttributeValue text = AttributeValue.fromS("x");
      List<AttributeValue> values =
          switch (attribute) {
            case EntrySchema.STATE, EntrySchema.FAILURE ->
                List.of(text, AttributeValue.fromN("1"), AttributeValue.fromNul(true));
            case EntrySchema.FILLING_BY,
                EntrySchema.SEALED,
                EntrySchema.DATA_KEY,
                EntrySchema.VOUCHING ->
                List.of(AttributeValue.fromN("1"), AttributeValue.fromL(List.of(text)));
            default ->
                List.of(
                    text,
                    AttributeValue.fromN("-5"),
                    AttributeValue.fromN("1.5"),
                    AttributeValue.fromN("7.5"),
                    AttributeValue.fromN("1" + "0".repeat(38)),
                    AttributeValue.fromN(Long.toString(Versions.MAX + 1)),
                    AttributeValue.fromNul(true),
                    AttributeValue.fromM(Map.of("a", text)));
          };
      values.forEach(value -> all.add(new Malformed(attribute, value)));
    }
    // Well-formed, but it cannot be raised.
    all.add(new Malformed(EntrySchema.FENCE, AttributeValue.fromN(Long.toString(Versions.MAX))));
    return all;
  }

  /** A change must succeed, and leave an item for which the next one succeeds too. */
  @Tag(TYPES)
  @ParameterizedTest
  @MethodSource("malformed")
  void whateverIsInAnItemItCanBeBuried(Malformed malformed) {
    for (Map<String, AttributeValue> item : with(malformed)) {
      plant(item);
      Entry unused = table().bury(id, NOW, Tombstone.of(null, DELETABLE));
      assertThat(now().state()).isEqualTo(EntryState.INVALID);
      assertThat(now().deletableAt()).isEqualTo(now().revocation() == null ? DELETABLE : null);
      assertIsMended(item);

      plant(item);
      unused = table().bury(id, NOW, Tombstone.revoking(REVOCATION));
      assertThat(now().isRevoked(REVOCATION.version())).isTrue();
      assertThat(now().deletableAt()).isNull();
      assertIsMended(item);
    }
  }

  @Tag(TYPES)
  @ParameterizedTest
  @MethodSource("malformed")
  void whateverIsInAnItemItsFenceCanBeRaised(Malformed malformed) {
    for (Map<String, AttributeValue> item : with(malformed)) {
      plant(item);

      assertThat(table().raiseFence(id, NOW, DELETABLE)).isEqualTo(now());

      assertIsMended(item);
    }
  }

  @Tag(TYPES)
  @ParameterizedTest
  @MethodSource("malformed")
  void whateverElseIsInAnItemItCanBeBuriedIfItIsUnchanged(Malformed malformed) {
    Entry read = ready(3, 9);
    for (Map<String, AttributeValue> item : with(malformed)) {
      plant(item);
      boolean isUnchanged = EntrySchema.isUnchanged(item, read);
      Entry before = table().buryIfUnchanged(read, NOW, Tombstone.of(null, DELETABLE));
      assertThat(before != null).isEqualTo(isUnchanged);
      if (isUnchanged) {
        assertThat(now().state()).isEqualTo(EntryState.INVALID);
        assertIsMended(item);
      }
    }
  }

  /** Raising must not cost a value that is readable although its fence is malformed. */
  @Tag(TYPES)
  @Test
  void raisingAMalformedFenceLeavesTheEntryReadable() {
    Map<String, AttributeValue> item = new HashMap<>(EntrySchema.toItem(ready(3, 5)));
    item.put(EntrySchema.FENCE, AttributeValue.fromS("x"));
    plant(item);

    assertThat(table().raiseFence(id, NOW, DELETABLE + 1))
        .isEqualTo(with(ready(NOW, 5), NOW, DELETABLE + 1));
  }

  @Test
  void whatIsWellFormedOfAMalformedItemIsTold() {
    Map<String, AttributeValue> item =
        new HashMap<>(EntrySchema.toItem(withRevocation(ready(3, 9), DELETABLE)));
    item.put(EntrySchema.SEALED_AT, AttributeValue.fromS("x"));
    plant(item);

    assertThat(table().bury(id, NOW, Tombstone.of(null, DELETABLE)))
        .isEqualTo(tombstone(3, 9L, askAtOnce(REVOCATION), null));
    assertThat(now()).isEqualTo(tombstone(4, null, askAtOnce(REVOCATION), null));
  }

  /** An entry, the tombstone of a revocation, one of all versions, and a bare one, spoilt. */
  private List<Map<String, AttributeValue>> with(Malformed malformed) {
    List<Map<String, AttributeValue>> items = new ArrayList<>();
    for (Entry entry :
        List.of(
            withRevocation(ready(3, 9), DELETABLE),
            ready(3, 9),
            tombstone(3, 9L, new Revocation(Revocation.ALL_VERSIONS, NOW, NOW), null),
            tombstone(3, null, null, DELETABLE))) {
      Map<String, AttributeValue> item = new HashMap<>(EntrySchema.toItem(entry));
      item.put(malformed.attribute(), malformed.value());
      items.add(item);
    }
    return items;
  }

  private void assertIsMended(Map<String, AttributeValue> before) {
    Entry mended = now();
    assertThat(EntrySchema.hasFence(before, mended.fence())).isFalse();
    assertThat(mended.fence()).isLessThan(Versions.MAX);
    Entry raised = table().raiseFence(id, NOW, DELETABLE);
    assertThat(raised.fence()).isEqualTo(mended.fence() + 1);
    assertThat(table().put(ready(mended.fence(), 10), mended)).isFalse();
    assertThat(table().put(ready(raised.fence(), 10), raised)).isTrue();
    assertThat(now().version()).isEqualTo(10);
  }

  private Entry ready(long fence, long version) {
    return readyOf(id, fence, version, 64);
  }

  private static Entry readyOf(CredentialId id, int length) {
    return readyOf(id, 0, 1, length);
  }

  static Entry readyOf(CredentialId id, long fence, long version, int length) {
    SealedCredential sealed =
        new SealedCredential(
            version,
            SdkBytes.fromByteArray(new byte[length]),
            SdkBytes.fromByteArray(new byte[184]),
            NOW - 1,
            NOW,
            NOW + 2,
            NOW + 3);
    return Entry.ready(id, fence, sealed, 20, null, DELETABLE);
  }

  private Entry notFound(long fence) {
    return notFoundOf(id, fence);
  }

  static Entry notFoundOf(CredentialId id, long fence) {
    return Entry.failed(
        id, fence, null, new Failure(Failure.NOT_FOUND, NOW + 1), 0, null, NOW, DELETABLE);
  }

  private Entry tombstone(
      long fence,
      @Nullable Long floor,
      @Nullable Revocation revocation,
      @Nullable Long deletableAt) {
    return new Entry(
        id, fence, new Entry.Tombstone(floor), revocation, null, deletableAt, Evidence.NONE);
  }

  private static Revocation askAtOnce(Revocation revocation) {
    return new Revocation(revocation.version(), revocation.at(), 0);
  }

  private static Entry with(Entry entry, long fence, @Nullable Long deletableAt) {
    return new Entry(
        entry.id(),
        fence,
        entry.content(),
        entry.revocation(),
        entry.filling(),
        deletableAt,
        Evidence.NONE);
  }

  private static Entry withLease(Entry entry, Lease lease) {
    return new Entry(
        entry.id(),
        entry.fence(),
        entry.content(),
        entry.revocation(),
        lease,
        entry.deletableAt(),
        Evidence.NONE);
  }

  private static Entry withRevocation(Entry entry, long deletableAt) {
    return new Entry(
        entry.id(),
        entry.fence(),
        entry.content(),
        REVOCATION,
        entry.filling(),
        deletableAt,
        Evidence.NONE);
  }

  private Entry stored(Entry entry) {
    assertThat(table().put(entry, null)).isTrue();
    return entry;
  }

  private Entry leased(Entry entry) {
    Lease lease = new Lease("holder", NOW + 10);
    assertThat(table().lease(id, lease, null, NOW, DELETABLE).isTaken()).isTrue();
    return withLease(entry, lease);
  }

  private void plantWithout(Entry entry, String attribute) {
    plant(without(entry, attribute));
  }

  private Entry now() {
    return Objects.requireNonNull(table().read(id));
  }

  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }
}
