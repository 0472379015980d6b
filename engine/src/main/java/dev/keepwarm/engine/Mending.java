package dev.keepwarm.engine;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Attributes;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Evidence;
import dev.keepwarm.core.internal.Fences;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.Versions;
import dev.keepwarm.engine.CacheTable.Tombstone;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Computes the item that a burial or a raised fence leaves, whatever the item was before. Pure.
 *
 * <p>A malformed item must not prevent a change. So these two always write a well-formed item. A
 * fence that cannot be raised becomes the time, and other malformed attributes are dropped.
 */
final class Mending {
  private Mending() {}

  /**
   * The tombstone that a burial leaves.
   *
   * @param item the item before; empty if there was none
   */
  static Map<String, AttributeValue> buried(
      CredentialId id, Map<String, AttributeValue> item, long nowMillis, Tombstone tombstone) {
    Map<String, AttributeValue> buried = key(id);
    Attributes.put(buried, EntrySchema.STATE, EntryState.INVALID.name());
    Attributes.put(buried, EntrySchema.FENCE, raisedFence(item, nowMillis));
    Revocation there = revocation(item, nowMillis);
    Revocation ours = tombstone.revocation();
    Revocation kept =
        there == null || (ours != null && replaces(tombstone, ours, there)) ? null : there;
    Long hidden = kept == null ? null : hidden(item, kept, tombstone.floor());
    Attributes.put(buried, EntrySchema.VERSION, hidden == null ? tombstone.floor() : hidden);
    if (kept != null) {
      put(buried, kept);
    } else if (ours != null) {
      put(buried, ours);
      Attributes.put(buried, EntrySchema.RETRY_AT, ours.retryAt());
    } else {
      Attributes.put(buried, EntrySchema.TTL, tombstone.deletableAt());
    }
    return buried;
  }

  /**
   * The item with a raised fence and otherwise unchanged; a tombstone if that is not a valid entry.
   *
   * @param item the item before; empty if there was none
   */
  static Map<String, AttributeValue> raised(
      CredentialId id, Map<String, AttributeValue> item, long nowMillis, long deletableAt) {
    Map<String, AttributeValue> raised = new HashMap<>(item);
    Attributes.put(raised, EntrySchema.FENCE, raisedFence(item, nowMillis));
    raised.putIfAbsent(EntrySchema.STATE, AttributeValue.fromS(EntryState.INVALID.name()));
    if (raised.containsKey(EntrySchema.REVOKED)) {
      raised.remove(EntrySchema.TTL);
    } else {
      Attributes.put(raised, EntrySchema.TTL, deletableAt);
    }
    return EntrySchema.isEntry(raised)
        ? raised
        : buried(id, item, nowMillis, Tombstone.of(null, deletableAt));
  }

  /**
   * The entry of an item as far as it can be read. An item that is not a valid entry counts as a
   * tombstone with its fence, version and revocation, as far as they are well-formed.
   *
   * @return null if there was no item
   */
  static @Nullable Entry salvaged(
      CredentialId id, Map<String, AttributeValue> item, long nowMillis) {
    if (item.isEmpty()) {
      return null;
    }
    if (EntrySchema.isEntry(item)) {
      return EntrySchema.fromItem(item);
    }
    Long fence = number(item, EntrySchema.FENCE);
    return new Entry(
        id,
        fence == null ? 0 : fence,
        new Entry.Tombstone(number(item, EntrySchema.VERSION)),
        revocation(item, nowMillis),
        null,
        null,
        Evidence.NONE);
  }

  private static boolean replaces(Tombstone tombstone, Revocation ours, Revocation there) {
    return there.version() <= ours.version()
        || (tombstone.narrows() && there.version() == Revocation.ALL_VERSIONS);
  }

  private static long raisedFence(Map<String, AttributeValue> item, long nowMillis) {
    if (!item.containsKey(EntrySchema.FENCE)) {
      return nowMillis + 1;
    }
    Long fence = number(item, EntrySchema.FENCE);
    return fence == null ? nowMillis : Fences.after(fence, nowMillis);
  }

  /**
   * The revocation of an item. One without a valid time counts from now on, so that no earlier data
   * key is used again. One without a valid version is ignored.
   */
  private static @Nullable Revocation revocation(Map<String, AttributeValue> item, long nowMillis) {
    Long version = number(item, EntrySchema.REVOKED);
    if (version == null) {
      return null;
    }
    Long at = number(item, EntrySchema.REVOKED_AT);
    return new Revocation(
        version,
        at == null ? nowMillis : at,
        0,
        number(item, EntrySchema.REVOKED_FOR),
        number(item, EntrySchema.REVOKED_ALL_FOR),
        Attributes.text(item, EntrySchema.REVOKED_ALL_BY),
        number(item, EntrySchema.REVOKED_BESIDE),
        number(item, EntrySchema.UNREVOKED_FOR));
  }

  /** The version to keep under a revocation of all versions, which will be narrowed to it. */
  private static @Nullable Long hidden(
      Map<String, AttributeValue> item, Revocation there, @Nullable Long floor) {
    Long version = number(item, EntrySchema.VERSION);
    return there.version() == Revocation.ALL_VERSIONS
            && version != null
            && (floor == null || floor <= version)
        ? version
        : null;
  }

  private static void put(Map<String, AttributeValue> item, Revocation revocation) {
    Attributes.put(item, EntrySchema.REVOKED, revocation.version());
    Attributes.put(item, EntrySchema.REVOKED_AT, revocation.at());
    Attributes.put(item, EntrySchema.REVOKED_FOR, revocation.revokedFor());
    Attributes.put(item, EntrySchema.REVOKED_ALL_FOR, revocation.allFor());
    Attributes.put(item, EntrySchema.REVOKED_ALL_BY, revocation.allBy());
    Attributes.put(item, EntrySchema.REVOKED_BESIDE, revocation.beside());
    Attributes.put(item, EntrySchema.UNREVOKED_FOR, revocation.unrevokedFor());
  }

  private static Map<String, AttributeValue> key(CredentialId id) {
    Map<String, AttributeValue> key = new HashMap<>();
    Attributes.put(key, EntrySchema.TENANT, id.tenant());
    Attributes.put(key, EntrySchema.NAME, id.name());
    return key;
  }

  private static @Nullable Long number(Map<String, AttributeValue> item, String name) {
    return Attributes.number(item, name, Versions.MAX);
  }
}
