package dev.keepwarm.core.internal;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The schema of the cache table: converts items to {@link Entry entries} and back. Thread-safe.
 *
 * <p>The names here are part of the wire format, see {@code docs/wire-format.md}. Reading is strict
 * about known attributes and ignores unknown ones, which a newer Keepwarm may write.
 */
public final class EntrySchema {
  /** HASH key: the tenant. */
  public static final String TENANT = "tenant";

  /** RANGE key: the credential's name. */
  public static final String NAME = "name";

  public static final String STATE = "state";
  public static final String FENCE = "fence";
  public static final String VERSION = "version";
  public static final String SEALED = "sealed";
  public static final String DATA_KEY = "dataKey";
  public static final String DATA_KEY_CREATED_AT = "dataKeyCreatedAt";
  public static final String SEALED_AT = "sealedAt";
  public static final String SOFT_EXPIRES_AT = "softExpiresAt";
  public static final String HARD_EXPIRES_AT = "hardExpiresAt";
  public static final String FAILURE = "failure";
  public static final String RETRY_AT = "retryAt";
  public static final String REVOKED = "revoked";
  public static final String REVOKED_AT = "revokedAt";
  public static final String SIBLINGS = "siblings";
  public static final String FILLING_BY = "fillingBy";
  public static final String FILLING_UNTIL = "fillingUntil";
  public static final String PROBE = "probe";

  /** See {@link Vouching}. */
  public static final String VOUCHING = "vouching";

  public static final String AS_OF = "asOf";
  public static final String EVENT = "event";
  public static final String NEW_SINCE = "newSince";
  public static final String ANNOUNCED = "announced";
  public static final String ANNOUNCED_AT = "announcedAt";
  public static final String CLEARED_AT = "clearedAt";
  public static final String REVOKED_FOR = "revokedFor";
  public static final String REVOKED_ALL_FOR = "revokedAllFor";
  public static final String REVOKED_ALL_BY = "revokedAllBy";
  public static final String REVOKED_BESIDE = "revokedBeside";
  public static final String UNREVOKED_FOR = "unrevokedFor";

  /** When DynamoDB may delete the item, in seconds: cleanup only. */
  public static final String TTL = "ttl";

  /** The longest ciphertext that KMS returns. */
  private static final int MAX_DATA_KEY = 6144;

  private static final Map<String, AttributeValue.Type> TYPES =
      Map.ofEntries(
          Map.entry(TENANT, AttributeValue.Type.S),
          Map.entry(NAME, AttributeValue.Type.S),
          Map.entry(STATE, AttributeValue.Type.S),
          Map.entry(FENCE, AttributeValue.Type.N),
          Map.entry(VERSION, AttributeValue.Type.N),
          Map.entry(SEALED, AttributeValue.Type.B),
          Map.entry(DATA_KEY, AttributeValue.Type.B),
          Map.entry(DATA_KEY_CREATED_AT, AttributeValue.Type.N),
          Map.entry(SEALED_AT, AttributeValue.Type.N),
          Map.entry(SOFT_EXPIRES_AT, AttributeValue.Type.N),
          Map.entry(HARD_EXPIRES_AT, AttributeValue.Type.N),
          Map.entry(FAILURE, AttributeValue.Type.S),
          Map.entry(RETRY_AT, AttributeValue.Type.N),
          Map.entry(REVOKED, AttributeValue.Type.N),
          Map.entry(REVOKED_AT, AttributeValue.Type.N),
          Map.entry(SIBLINGS, AttributeValue.Type.N),
          Map.entry(FILLING_BY, AttributeValue.Type.S),
          Map.entry(FILLING_UNTIL, AttributeValue.Type.N),
          Map.entry(TTL, AttributeValue.Type.N),
          Map.entry(PROBE, AttributeValue.Type.N),
          Map.entry(VOUCHING, AttributeValue.Type.B),
          Map.entry(AS_OF, AttributeValue.Type.N),
          Map.entry(EVENT, AttributeValue.Type.S),
          Map.entry(NEW_SINCE, AttributeValue.Type.N),
          Map.entry(ANNOUNCED, AttributeValue.Type.N),
          Map.entry(ANNOUNCED_AT, AttributeValue.Type.N),
          Map.entry(CLEARED_AT, AttributeValue.Type.N),
          Map.entry(REVOKED_FOR, AttributeValue.Type.N),
          Map.entry(REVOKED_ALL_FOR, AttributeValue.Type.N),
          Map.entry(REVOKED_ALL_BY, AttributeValue.Type.S),
          Map.entry(REVOKED_BESIDE, AttributeValue.Type.N),
          Map.entry(UNREVOKED_FOR, AttributeValue.Type.N));

  /** All attributes that an entry can have, except the key. */
  public static final List<String> ATTRIBUTES =
      TYPES.keySet().stream().filter(name -> !name.equals(TENANT) && !name.equals(NAME)).toList();

  private EntrySchema() {}

  /** The item of an entry; absent parts have no attribute. */
  public static Map<String, AttributeValue> toItem(Entry entry) {
    Map<String, AttributeValue> item = new HashMap<>();
    Attributes.put(item, TENANT, entry.id().tenant());
    Attributes.put(item, NAME, entry.id().name());
    Attributes.put(item, STATE, entry.state().name());
    Attributes.put(item, FENCE, entry.fence());
    Attributes.put(item, VERSION, entry.version());
    Attributes.put(item, SEALED_AT, entry.writtenAt());
    Attributes.put(item, SIBLINGS, entry.siblings());
    Attributes.put(item, TTL, entry.deletableAt());
    Attributes.put(item, PROBE, entry.probe());
    SealedCredential sealed = entry.sealed();
    if (sealed != null) {
      Attributes.put(item, SEALED, sealed.envelope());
      Attributes.put(item, DATA_KEY, sealed.dataKey());
      Attributes.put(item, DATA_KEY_CREATED_AT, sealed.dataKeyCreatedAt());
      Attributes.put(item, SOFT_EXPIRES_AT, sealed.softExpiresAt());
      Attributes.put(item, HARD_EXPIRES_AT, sealed.hardExpiresAt());
      Vouching vouching = sealed.vouching();
      Attributes.put(item, VOUCHING, vouching == null ? null : vouching.toBytes());
    }
    Revocation revocation = entry.revocation();
    if (revocation != null) {
      Attributes.put(item, REVOKED, revocation.version());
      Attributes.put(item, REVOKED_AT, revocation.at());
      Attributes.put(item, RETRY_AT, revocation.retryAt());
      Attributes.put(item, REVOKED_FOR, revocation.revokedFor());
      Attributes.put(item, REVOKED_ALL_FOR, revocation.allFor());
      Attributes.put(item, REVOKED_ALL_BY, revocation.allBy());
      Attributes.put(item, REVOKED_BESIDE, revocation.beside());
      Attributes.put(item, UNREVOKED_FOR, revocation.unrevokedFor());
    }
    Evidence evidence = entry.evidence();
    Attributes.put(item, AS_OF, evidence.asOf());
    Attributes.put(item, EVENT, evidence.event());
    Attributes.put(item, NEW_SINCE, evidence.newSince());
    Attributes.put(item, ANNOUNCED, evidence.announced());
    Attributes.put(item, ANNOUNCED_AT, evidence.announcedAt());
    Attributes.put(item, CLEARED_AT, evidence.clearedAt());
    Failure failure = entry.failure();
    if (failure != null) {
      Attributes.put(item, FAILURE, failure.code());
      // The failure's time takes precedence over a revocation's.
      Attributes.put(item, RETRY_AT, failure.retryAt());
    }
    Lease filling = entry.filling();
    if (filling != null) {
      Attributes.put(item, FILLING_BY, filling.by());
      Attributes.put(item, FILLING_UNTIL, filling.until());
    }
    return item;
  }

  /**
   * The entry of an item.
   *
   * @throws KeepwarmException {@link ErrorCode#TAMPERED} if an attribute is missing, of another
   *     type or out of range: Keepwarm never wrote such an item. The message names the attribute
   */
  public static Entry fromItem(Map<String, AttributeValue> item) {
    TYPES.forEach((name, type) -> check(name, type, item.get(name)));
    try {
      return new Reading(item).entry();
    } catch (KeepwarmException e) {
      throw e.code() == ErrorCode.TAMPERED ? e : malformed(TENANT + " or " + NAME);
    }
  }

  /** The key of a credential's item. */
  public static Map<String, AttributeValue> key(CredentialId id) {
    return Map.of(
        TENANT, AttributeValue.fromS(id.tenant()),
        NAME, AttributeValue.fromS(id.name()));
  }

  /** Whether an item is an entry. */
  public static boolean isEntry(Map<String, AttributeValue> item) {
    try {
      Entry unused = fromItem(item);
      return true;
    } catch (KeepwarmException e) {
      return false;
    }
  }

  /** Whether an item has no fence or one that is well-formed. */
  public static boolean hasValidFence(Map<String, AttributeValue> item) {
    AttributeValue fence = item.get(FENCE);
    return fence == null || Attributes.isValid(fence, AttributeValue.Type.N, Versions.MAX);
  }

  /** Whether the item exists and has that fence; an item without a fence counts as 0. */
  public static boolean hasFence(Map<String, AttributeValue> item, long fence) {
    AttributeValue stored = item.get(FENCE);
    return !item.isEmpty()
        && (stored == null ? fence == 0 : Long.toString(fence).equals(stored.n()));
  }

  /**
   * Whether an item still holds what an entry held when it was read: no other writer has stored or
   * buried anything since. A lease does not count.
   */
  public static boolean isUnchanged(Map<String, AttributeValue> item, Entry before) {
    Map<String, AttributeValue> seen = toItem(before);
    return hasFence(item, before.fence())
        && unchanged(before).stream()
            .allMatch(name -> Objects.equals(item.get(name), seen.get(name)));
  }

  /** The attributes that show whether an item with the same fence still holds the same. */
  public static List<String> unchanged(Entry before) {
    // What somebody has left in an item of another state means nothing.
    return switch (before.state()) {
      case INVALID -> List.of(STATE, VERSION);
      case FAILED -> List.of(STATE, VERSION, SEALED_AT);
      case READY -> List.of(STATE, VERSION, SEALED_AT, SEALED);
    };
  }

  /** All of a tenant's items. */
  public static EntryTable.TenantItems fromItems(List<Map<String, AttributeValue>> items) {
    List<Entry> entries = new ArrayList<>();
    SortedSet<CredentialId> malformed = new TreeSet<>();
    int unnameable = 0;
    for (Map<String, AttributeValue> item : items) {
      CredentialId id = id(item);
      if (id == null) {
        unnameable++;
        continue;
      }
      try {
        entries.add(fromItem(item));
      } catch (KeepwarmException e) {
        malformed.add(id);
      }
    }
    return new EntryTable.TenantItems(entries, malformed, unnameable);
  }

  /** Whose item it is; null if its key is not a credential's. */
  private static @Nullable CredentialId id(Map<String, AttributeValue> item) {
    String tenant = Attributes.text(item, TENANT);
    String name = Attributes.text(item, NAME);
    return tenant != null
            && name != null
            && CredentialId.isValidPart(tenant)
            && CredentialId.isValidPart(name)
        ? new CredentialId(tenant, name)
        : null;
  }

  private static void check(
      String name, AttributeValue.Type type, @Nullable AttributeValue attribute) {
    long most = name.equals(SIBLINGS) ? Integer.MAX_VALUE : Versions.MAX;
    if (attribute != null && !Attributes.isValid(attribute, type, most)) {
      throw malformed(name);
    }
  }

  private static KeepwarmException malformed(String attribute) {
    return new KeepwarmException(
        ErrorCode.TAMPERED, "an item of the cache table is malformed: " + attribute);
  }

  /** An item whose known attributes, where present, all have valid types and ranges. */
  private record Reading(Map<String, AttributeValue> item) {
    Entry entry() {
      Long fence = number(FENCE);
      return new Entry(
          new CredentialId(required(TENANT, text(TENANT)), required(NAME, text(NAME))),
          fence == null ? 0 : fence,
          content(required(STATE, text(STATE))),
          revocation(),
          filling(),
          number(TTL),
          evidence());
    }

    private Entry.Content content(String state) {
      return switch (state) {
        case "READY" -> new Entry.Ready(sealed(), siblings(), number(PROBE));
        case "FAILED" ->
            new Entry.Failed(number(VERSION), failure(), siblings(), requiredNumber(SEALED_AT));
        case "INVALID" -> new Entry.Tombstone(number(VERSION));
        default -> throw malformed(STATE);
      };
    }

    private int siblings() {
      return (int) requiredNumber(SIBLINGS);
    }

    private SealedCredential sealed() {
      return new SealedCredential(
          requiredNumber(VERSION),
          sized(SEALED, Envelope.OVERHEAD, Envelope.OVERHEAD + Envelope.MAX_PLAINTEXT),
          sized(DATA_KEY, 1, MAX_DATA_KEY),
          requiredNumber(DATA_KEY_CREATED_AT),
          requiredNumber(SEALED_AT),
          requiredNumber(SOFT_EXPIRES_AT),
          requiredNumber(HARD_EXPIRES_AT),
          vouching());
    }

    private @Nullable Vouching vouching() {
      SdkBytes bytes = Attributes.bytes(item, VOUCHING);
      return bytes == null ? null : Vouching.parse(bytes);
    }

    private Failure failure() {
      String code = required(FAILURE, text(FAILURE));
      if (!Failure.isCode(code)) {
        throw malformed(FAILURE);
      }
      return new Failure(code, requiredNumber(RETRY_AT));
    }

    private @Nullable Revocation revocation() {
      if (!item.containsKey(REVOKED) && !item.containsKey(REVOKED_AT)) {
        return null;
      }
      Long retryAt = number(RETRY_AT);
      return new Revocation(
          requiredNumber(REVOKED),
          requiredNumber(REVOKED_AT),
          retryAt == null ? 0 : retryAt,
          number(REVOKED_FOR),
          number(REVOKED_ALL_FOR),
          text(REVOKED_ALL_BY),
          number(REVOKED_BESIDE),
          number(UNREVOKED_FOR));
    }

    private Evidence evidence() {
      boolean awaited = item.containsKey(ANNOUNCED) || item.containsKey(ANNOUNCED_AT);
      return new Evidence(
          number(AS_OF),
          text(EVENT),
          number(NEW_SINCE),
          awaited ? Long.valueOf(requiredNumber(ANNOUNCED)) : null,
          awaited ? Long.valueOf(requiredNumber(ANNOUNCED_AT)) : null,
          number(CLEARED_AT));
    }

    private @Nullable Lease filling() {
      if (!item.containsKey(FILLING_BY) && !item.containsKey(FILLING_UNTIL)) {
        return null;
      }
      return new Lease(required(FILLING_BY, text(FILLING_BY)), requiredNumber(FILLING_UNTIL));
    }

    private SdkBytes sized(String name, int least, int most) {
      SdkBytes bytes = required(name, Attributes.bytes(item, name));
      int length = bytes.asByteArrayUnsafe().length;
      if (length < least || length > most) {
        throw malformed(name);
      }
      return bytes;
    }

    private @Nullable String text(String name) {
      return Attributes.text(item, name);
    }

    private @Nullable Long number(String name) {
      AttributeValue attribute = item.get(name);
      return attribute == null ? null : Long.valueOf(attribute.n());
    }

    private long requiredNumber(String name) {
      return required(name, number(name));
    }

    private static <T> T required(String name, @Nullable T value) {
      if (value == null) {
        throw malformed(name);
      }
      return value;
    }
  }
}
