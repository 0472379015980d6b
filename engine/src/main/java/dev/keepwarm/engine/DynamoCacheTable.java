package dev.keepwarm.engine;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.DynamoEntryTable;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Fences;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.Lease;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.Vouching;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/**
 * The cache table in DynamoDB. Thread-safe, as the client is.
 *
 * <p><b>Burials and raised fences</b> are first tried with one request that fits almost every item.
 * Its condition fails if there is a revocation, or a fence that cannot be raised, and DynamoDB then
 * returns the item. {@link Mending} computes the new item, and the next request writes it on
 * condition that the stored one is still the same.
 *
 * <p><b>A request may be done and its answer lost.</b> The SDK then sends it again, and the
 * condition may fail because of our own first write. So after such a failure each write checks
 * whether the stored item is the one that it has written.
 */
public final class DynamoCacheTable implements CacheTable {
  private static final List<String> NOT_IN_A_TOMBSTONE =
      List.of(
          EntrySchema.SEALED,
          EntrySchema.DATA_KEY,
          EntrySchema.DATA_KEY_CREATED_AT,
          EntrySchema.SEALED_AT,
          EntrySchema.SOFT_EXPIRES_AT,
          EntrySchema.HARD_EXPIRES_AT,
          EntrySchema.VOUCHING,
          EntrySchema.FAILURE,
          EntrySchema.SIBLINGS,
          EntrySchema.PROBE,
          EntrySchema.AS_OF,
          EntrySchema.EVENT,
          EntrySchema.NEW_SINCE,
          EntrySchema.ANNOUNCED,
          EntrySchema.ANNOUNCED_AT,
          EntrySchema.CLEARED_AT,
          EntrySchema.FILLING_BY,
          EntrySchema.FILLING_UNTIL);

  /** Optional attributes of a revocation, which mean nothing without one. */
  private static final List<String> OF_A_REVOCATION =
      List.of(
          EntrySchema.REVOKED_FOR,
          EntrySchema.REVOKED_ALL_FOR,
          EntrySchema.REVOKED_ALL_BY,
          EntrySchema.REVOKED_BESIDE,
          EntrySchema.UNREVOKED_FOR);

  /** Attributes that other writers may have changed in an item that is still the one we wrote. */
  private static final List<String> CHANGED_BY_OTHERS =
      List.of(
          EntrySchema.FENCE,
          EntrySchema.TTL,
          EntrySchema.RETRY_AT,
          EntrySchema.FILLING_BY,
          EntrySchema.FILLING_UNTIL);

  /** The first byte of every vouching that this version knows. */
  private static final AttributeValue VOUCHING_FORMAT =
      AttributeValue.fromB(SdkBytes.fromByteArray(new byte[] {Vouching.FORMAT}));

  /**
   * How often a write is tried if other writers keep changing the item. Every failed attempt means
   * that another write succeeded, so only this many concurrent writers could exhaust it.
   */
  private static final int ATTEMPTS = 100;

  private final DynamoTable table;
  private final DynamoEntryTable reads;

  /** The table of that name. */
  public DynamoCacheTable(DynamoDbClient client, String table) {
    this.table = new DynamoTable(client, table);
    this.reads = new DynamoEntryTable(client, table);
  }

  @Override
  public @Nullable Entry read(CredentialId id) {
    return reads.read(id);
  }

  @Override
  public TenantItems readItems(String tenant) {
    return reads.readItems(tenant);
  }

  @Override
  public @Nullable SdkBytes readRecord(int slot) {
    return reads.readRecord(slot);
  }

  @Override
  public EntryPage entries(@Nullable String from, int limit) {
    ScanRequest.Builder request = ScanRequest.builder().limit(limit);
    if (from != null) {
      // The tenant's length comes first: others may have written keys outside the grammar of ids.
      int colon = from.indexOf(':');
      int end = colon + 1 + Integer.parseInt(from.substring(0, colon));
      request.exclusiveStartKey(
          Map.of(
              EntrySchema.TENANT, AttributeValue.fromS(from.substring(colon + 1, end)),
              EntrySchema.NAME, AttributeValue.fromS(from.substring(end))));
    }
    ScanResponse response = table.scan(request);
    List<Entry> entries = new ArrayList<>();
    int malformed = 0;
    for (Map<String, AttributeValue> item : response.items()) {
      if (FreshnessRecord.isRecord(item)) {
        continue;
      }
      try {
        entries.add(EntrySchema.fromItem(item));
      } catch (KeepwarmException e) {
        malformed++;
      }
    }
    Map<String, AttributeValue> next = response.lastEvaluatedKey();
    return new EntryPage(entries, malformed, next.isEmpty() ? null : position(next));
  }

  private static String position(Map<String, AttributeValue> key) {
    String tenant = SourceSchema.keyPart(key, EntrySchema.TENANT);
    return tenant.length() + ":" + tenant + SourceSchema.keyPart(key, EntrySchema.NAME);
  }

  @Override
  public boolean put(Entry entry, @Nullable Entry before) {
    Expression e = new Expression();
    if (before == null) {
      e.requireAbsent(EntrySchema.TENANT);
    } else {
      requireFence(e, before.fence());
      if (entry.version() == null) {
        e.requireSame(EntrySchema.toItem(before), List.of(EntrySchema.VERSION));
      } else {
        e.require(
            e.isAbsent(EntrySchema.VERSION)
                + " OR "
                + e.name(EntrySchema.VERSION)
                + " <= "
                + e.value(EntrySchema.VERSION, entry.version()));
      }
      requireSeenVouching(e, entry, before);
    }
    Map<String, AttributeValue> item = EntrySchema.toItem(entry);
    return switch (table.put(item, e)) {
      case DynamoTable.Done done -> true;
      case DynamoTable.Refused refused -> wasUs(refused, item);
    };
  }

  private static void requireSeenVouching(Expression e, Entry entry, Entry before) {
    String vouching = e.name(EntrySchema.VOUCHING);
    // A vouching of an unknown format does not count here. Neither does one that a former version
    // of Keepwarm left in a tombstone.
    String condition =
        "NOT begins_with("
            + vouching
            + ", "
            + e.value("vouching", VOUCHING_FORMAT)
            + ") OR "
            + e.name(EntrySchema.STATE)
            + " <> "
            + e.value("ready", AttributeValue.fromS(EntryState.READY.name()));
    AttributeValue seen = EntrySchema.toItem(before).get(EntrySchema.VOUCHING);
    if (seen != null) {
      condition += " OR " + vouching + " = " + e.value("is_vouching", seen);
    }
    if (entry.version() != null) {
      condition +=
          " OR " + e.name(EntrySchema.VERSION) + " < " + e.value("version", entry.version());
    }
    e.require(condition);
  }

  @Override
  public boolean replace(Entry entry, @Nullable Entry before) {
    Expression e = new Expression();
    if (before == null) {
      e.requireAbsent(EntrySchema.TENANT);
    } else {
      requireUnchanged(e, before);
    }
    Map<String, AttributeValue> item = EntrySchema.toItem(entry);
    return switch (table.put(item, e)) {
      case DynamoTable.Done done -> true;
      case DynamoTable.Refused refused -> wasUs(refused, item);
    };
  }

  /** Requires that {@link EntrySchema#isUnchanged} holds. */
  private static void requireUnchanged(Expression e, Entry before) {
    requireFence(e, before.fence());
    e.requireSame(EntrySchema.toItem(before), EntrySchema.unchanged(before));
  }

  @Override
  public Entry raiseFence(CredentialId id, long nowMillis, long deletableAt) {
    Expression e =
        new Expression()
            .increment(EntrySchema.FENCE, nowMillis)
            .setIfAbsent(EntrySchema.STATE, EntryState.INVALID.name())
            .set(EntrySchema.TTL, deletableAt)
            // A revoked entry has no ttl and must not get one.
            .requireAbsent(EntrySchema.REVOKED);
    requireFenceThatCanBeRaised(e);
    Map<String, AttributeValue> there;
    switch (table.update(EntrySchema.key(id), e, ReturnValue.ALL_NEW)) {
      case DynamoTable.Done done -> {
        if (EntrySchema.isEntry(done.item())) {
          return EntrySchema.fromItem(done.item());
        }
        there = done.item();
      }
      case DynamoTable.Refused refused -> there = refused.item();
    }
    return EntrySchema.fromItem(
        Objects.requireNonNull(
                replace(id, there, item -> Mending.raised(id, item, nowMillis, deletableAt)))
            .after());
  }

  @Override
  public @Nullable Entry bury(CredentialId id, long nowMillis, Tombstone tombstone) {
    Expression e = burial(tombstone).increment(EntrySchema.FENCE, nowMillis);
    requireFenceThatCanBeRaised(e);
    Function<Map<String, AttributeValue>, Map<String, AttributeValue>> buried =
        item -> Mending.buried(id, item, nowMillis, tombstone);
    Map<String, AttributeValue> before;
    switch (table.update(EntrySchema.key(id), e, ReturnValue.ALL_OLD)) {
      case DynamoTable.Done done -> {
        before = done.item();
        if (!EntrySchema.hasValidFence(before)) {
          // The item is buried, but its fence was not a whole number, and still is not after it was
          // raised by one. No condition can detect that.
          Replaced unused =
              replace(
                  id,
                  table.get(EntrySchema.key(id)),
                  item -> EntrySchema.hasValidFence(item) ? null : buried.apply(item));
        }
      }
      case DynamoTable.Refused refused ->
          before = Objects.requireNonNull(replace(id, refused.item(), buried::apply)).before();
    }
    return Mending.salvaged(id, before, nowMillis);
  }

  @Override
  public @Nullable Entry buryIfUnchanged(Entry before, long nowMillis, Tombstone tombstone) {
    CredentialId id = before.id();
    Expression e =
        burial(tombstone).set(EntrySchema.FENCE, Fences.after(before.fence(), nowMillis));
    requireUnchanged(e, before);
    switch (table.update(EntrySchema.key(id), e, ReturnValue.ALL_OLD)) {
      case DynamoTable.Done done -> {
        return Mending.salvaged(id, done.item(), nowMillis);
      }
      case DynamoTable.Refused refused -> {
        if (wasUs(refused, Mending.buried(id, Map.of(), nowMillis, tombstone))) {
          return Mending.salvaged(id, refused.item(), nowMillis);
        }
        Replaced replaced =
            replace(
                id,
                refused.item(),
                item ->
                    EntrySchema.isUnchanged(item, before)
                        ? Mending.buried(id, item, nowMillis, tombstone)
                        : null);
        return replaced == null ? null : Mending.salvaged(id, replaced.before(), nowMillis);
      }
    }
  }

  @Override
  public boolean putRevocation(CredentialId id, long fence, Revocation revocation) {
    Expression e =
        new Expression()
            .set(EntrySchema.REVOKED, revocation.version())
            .set(EntrySchema.REVOKED_AT, revocation.at())
            .set(EntrySchema.RETRY_AT, revocation.retryAt())
            .remove(EntrySchema.TTL, EntrySchema.FILLING_BY, EntrySchema.FILLING_UNTIL)
            .requireEqual(EntrySchema.STATE, EntryState.INVALID.name());
    requireFence(e, fence);
    return table.update(EntrySchema.key(id), e, ReturnValue.NONE) instanceof DynamoTable.Done;
  }

  @Override
  public Leased lease(
      CredentialId id, Lease lease, @Nullable Missing missing, long nowMillis, long deletableAt) {
    Expression e =
        leasing(lease, missing, nowMillis)
            .setIfAbsent(EntrySchema.STATE, EntryState.INVALID.name())
            .setIfAbsent(EntrySchema.FENCE, Fences.ofLease(lease.by()))
            .setIfAbsent(EntrySchema.TTL, deletableAt)
            // A revoked entry must not get a ttl. Any other entry has one already.
            .requireAbsent(EntrySchema.REVOKED);
    // A malformed item without a state must not become an entry.
    e.require(
        e.isAbsent(EntrySchema.TENANT) + " OR attribute_exists(" + e.name(EntrySchema.STATE) + ")");
    return switch (table.update(EntrySchema.key(id), e, ReturnValue.ALL_NEW)) {
      case DynamoTable.Done done -> taken(id, lease, done.item());
      case DynamoTable.Refused refused -> {
        Kept kept = kept(refused.item());
        Entry entry = kept.entry();
        boolean isLeasable =
            entry != null
                && entry.revocation() != null
                && (missing == null || !missing.mayBe(entry, nowMillis))
                && (entry.filling() == null
                    || entry.filling().by().equals(lease.by())
                    || !entry.filling().isHeld(nowMillis));
        yield isLeasable ? leaseRevoked(id, lease, missing, nowMillis) : kept;
      }
    };
  }

  private Leased leaseRevoked(
      CredentialId id, Lease lease, @Nullable Missing missing, long nowMillis) {
    Expression e = leasing(lease, missing, nowMillis).requireExists(EntrySchema.STATE);
    return switch (table.update(EntrySchema.key(id), e, ReturnValue.ALL_NEW)) {
      case DynamoTable.Done done -> taken(id, lease, done.item());
      case DynamoTable.Refused refused -> kept(refused.item());
    };
  }

  private Taken taken(CredentialId id, Lease lease, Map<String, AttributeValue> item) {
    try {
      return new Taken(EntrySchema.fromItem(item));
    } catch (KeepwarmException e) {
      // Keepwarm did not write this item, so it is left as it was.
      try {
        release(id, lease.by());
      } catch (KeepwarmException unanswered) {
        e.addSuppressed(unanswered);
      }
      throw e;
    }
  }

  private static Kept kept(Map<String, AttributeValue> item) {
    return new Kept(item.isEmpty() ? null : EntrySchema.fromItem(item));
  }

  /** Fails if another caller holds the lease. Our own lease is from a request that was repeated. */
  private static Expression leasing(Lease lease, @Nullable Missing missing, long nowMillis) {
    Expression e =
        new Expression()
            .set(EntrySchema.FILLING_BY, lease.by())
            .set(EntrySchema.FILLING_UNTIL, lease.until());
    if (missing != null) {
      requireMissing(e, missing, nowMillis);
    }
    String until = e.name(EntrySchema.FILLING_UNTIL);
    return e.require(
        e.isAbsent(EntrySchema.FILLING_UNTIL)
            + " OR "
            + until
            + " <= "
            + e.value("now", nowMillis)
            + " OR "
            + until
            + " > "
            + e.value("longest", nowMillis + Lease.LONGEST)
            + " OR "
            + e.name(EntrySchema.FILLING_BY)
            + " = "
            + e.value(EntrySchema.FILLING_BY, AttributeValue.fromS(lease.by())));
  }

  /** Requires that {@link Missing#mayBe} does not hold; {@code now} is the caller's value. */
  private static void requireMissing(Expression e, Missing missing, long nowMillis) {
    String now = e.value("now", nowMillis);
    String state = e.name(EntrySchema.STATE);
    String ready = e.value("ready", AttributeValue.fromS(EntryState.READY.name()));
    String expiry = e.name(EntrySchema.HARD_EXPIRES_AT);
    String dead = e.isAbsent(EntrySchema.HARD_EXPIRES_AT) + " OR " + expiry + " <= " + now;
    String retryAt = e.name(EntrySchema.RETRY_AT);
    String due =
        e.isAbsent(EntrySchema.RETRY_AT)
            + " OR "
            + retryAt
            + " <= "
            + now
            + " OR "
            + state
            + " = "
            + ready;
    Long newerThan = missing.newerThan();
    if (newerThan != null) {
      String sealedAt = e.name(EntrySchema.SEALED_AT);
      dead +=
          " OR ("
              + e.name(EntrySchema.VERSION)
              + " <= "
              + e.value("rejected", newerThan)
              + " AND ("
              + sealedAt
              + " <= "
              + e.value("freshFrom", nowMillis - missing.freshMillis())
              + " OR "
              + sealedAt
              + " >= "
              + e.value("freshTo", nowMillis + missing.freshMillis())
              + "))";
      due +=
          " OR "
              + state
              + " = "
              + e.value("failed", AttributeValue.fromS(EntryState.FAILED.name()));
    }
    e.require(dead).require(due);
  }

  @Override
  public void release(CredentialId id, String by) {
    Expression e =
        new Expression()
            .remove(EntrySchema.FILLING_BY, EntrySchema.FILLING_UNTIL)
            .requireEqual(EntrySchema.FILLING_BY, by);
    // If the condition fails, the lease is no longer ours and there is nothing to give back.
    DynamoTable.Written unused = table.update(EntrySchema.key(id), e, ReturnValue.NONE);
  }

  @Override
  public boolean forget(CredentialId id, String by) {
    Expression e =
        new Expression()
            .requireEqual(EntrySchema.FILLING_BY, by)
            .requireEqual(EntrySchema.FENCE, Fences.ofLease(by))
            .requireEqual(EntrySchema.STATE, EntryState.INVALID.name())
            .requireAbsent(EntrySchema.VERSION)
            .requireAbsent(EntrySchema.REVOKED);
    return isGone(table.delete(EntrySchema.key(id), e));
  }

  @Override
  public boolean deleteEnded(Entry entry) {
    if (entry.deletableAt() == null || entry.sealed() != null) {
      return false;
    }
    Expression e =
        new Expression()
            .requireEqual(EntrySchema.STATE, entry.state().name())
            .requireEqual(EntrySchema.TTL, entry.deletableAt())
            .requireAbsent(EntrySchema.REVOKED);
    requireFence(e, entry.fence());
    return isGone(table.delete(EntrySchema.key(entry.id()), e));
  }

  private static boolean isGone(DynamoTable.Written written) {
    return switch (written) {
      case DynamoTable.Done done -> true;
      case DynamoTable.Refused refused -> refused.repeated() && refused.item().isEmpty();
    };
  }

  /** The changes of a burial to an item without a revocation, except the fence. */
  private static Expression burial(Tombstone tombstone) {
    Expression e =
        new Expression()
            .set(EntrySchema.STATE, EntryState.INVALID.name())
            .requireAbsent(EntrySchema.REVOKED);
    NOT_IN_A_TOMBSTONE.forEach(e::remove);
    OF_A_REVOCATION.forEach(e::remove);
    Revocation revocation = tombstone.revocation();
    if (revocation == null) {
      e.set(EntrySchema.TTL, tombstone.deletableAt())
          .remove(EntrySchema.RETRY_AT, EntrySchema.REVOKED_AT);
    } else {
      e.set(EntrySchema.REVOKED, revocation.version())
          .set(EntrySchema.REVOKED_AT, revocation.at())
          .set(EntrySchema.RETRY_AT, revocation.retryAt())
          .remove(EntrySchema.TTL);
    }
    Long floor = tombstone.floor();
    return floor == null
        ? e.remove(EntrySchema.VERSION)
        : e.set(EntrySchema.VERSION, floor.longValue());
  }

  /** Requires that the item has that fence; an item without a fence counts as 0. */
  private static void requireFence(Expression e, long fence) {
    if (fence != 0) {
      e.requireEqual(EntrySchema.FENCE, fence);
      return;
    }
    e.requireExists(EntrySchema.TENANT)
        .require(
            e.isAbsent(EntrySchema.FENCE)
                + " OR "
                + e.name(EntrySchema.FENCE)
                + " = "
                + e.value("zero", 0));
  }

  private static void requireFenceThatCanBeRaised(Expression e) {
    e.require(
        e.isAbsent(EntrySchema.FENCE) + " OR " + e.isBetween(EntrySchema.FENCE, 0, Fences.LAST));
  }

  /** An item that was replaced, and its replacement. */
  private record Replaced(Map<String, AttributeValue> before, Map<String, AttributeValue> after) {}

  /**
   * Replaces an item by the result of {@code to}, on condition that it has not changed since.
   *
   * @param item the item as it was last seen
   * @param to makes the new item, or returns null if there is nothing to do; called again with the
   *     current item if it has changed
   * @return null if {@code to} returned null
   */
  private @Nullable Replaced replace(
      CredentialId id,
      Map<String, AttributeValue> item,
      Function<Map<String, AttributeValue>, @Nullable Map<String, AttributeValue>> to) {
    Map<String, AttributeValue> before = item;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Map<String, AttributeValue> after = to.apply(before);
      if (after == null) {
        return null;
      }
      Expression e =
          new Expression()
              .replace(before, after, EntrySchema.ATTRIBUTES)
              // All of them: a put in between has sealed a value of its own, of which a part alone
              // would be left.
              .requireSame(before, EntrySchema.ATTRIBUTES);
      switch (table.update(EntrySchema.key(id), e, ReturnValue.NONE)) {
        case DynamoTable.Done done -> {
          return new Replaced(before, after);
        }
        case DynamoTable.Refused refused -> {
          if (wasUs(refused, after)) {
            return new Replaced(before, after);
          }
          before = refused.item();
        }
      }
    }
    throw new KeepwarmException(ErrorCode.UNAVAILABLE, "other writers kept changing the entry");
  }

  /** Whether a request was repeated and the stored item is the one that its first attempt wrote. */
  private static boolean wasUs(DynamoTable.Refused refused, Map<String, AttributeValue> ours) {
    return refused.repeated()
        && EntrySchema.ATTRIBUTES.stream()
            .filter(name -> !CHANGED_BY_OTHERS.contains(name))
            .allMatch(name -> Objects.equals(refused.item().get(name), ours.get(name)));
  }
}
