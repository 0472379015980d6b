package dev.keepwarm.core;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.enhanced.dynamodb.mapper.StaticAttributeTags;
import software.amazon.awssdk.enhanced.dynamodb.mapper.StaticImmutableTableSchema;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The cache table's schema, and the way from an item to an {@link Entry} and back. Thread-safe.
 *
 * <p>The names here are the wire format, see {@code docs/wire-format.md}. Reading is strict about
 * the attributes that are known, and blind to others: a newer Keepwarm may write some.
 */
public final class EntrySchema {
  /** HASH key: the tenant. */
  public static final String TENANT = "tenant";

  /** RANGE key: the credential's name. */
  public static final String NAME = "name";

  static final String STATE = "state";
  static final String FENCE = "fence";
  static final String VERSION = "version";
  static final String SEALED = "sealed";
  static final String DATA_KEY = "dataKey";
  static final String DATA_KEY_CREATED_AT = "dataKeyCreatedAt";
  static final String SEALED_AT = "sealedAt";
  static final String SOFT_EXPIRES_AT = "softExpiresAt";
  static final String HARD_EXPIRES_AT = "hardExpiresAt";
  static final String FAILURE = "failure";
  static final String RETRY_AT = "retryAt";
  static final String REVOKED = "revoked";
  static final String REVOKED_AT = "revokedAt";
  static final String SIBLINGS = "siblings";
  static final String FILLING_BY = "fillingBy";
  static final String FILLING_UNTIL = "fillingUntil";
  static final String PROBE = "probe";

  /** When DynamoDB may delete the item, in seconds: cleanup only. */
  public static final String TTL = "ttl";

  private static final TableSchema<Entry> SCHEMA =
      StaticImmutableTableSchema.builder(Entry.class, Builder.class)
          .newItemBuilder(Builder::new, Builder::build)
          .addAttribute(
              String.class,
              a ->
                  a.name(TENANT)
                      .getter(e -> e.id().tenant())
                      .setter((b, v) -> b.tenant = v)
                      .tags(StaticAttributeTags.primaryPartitionKey()))
          .addAttribute(
              String.class,
              a ->
                  a.name(NAME)
                      .getter(e -> e.id().name())
                      .setter((b, v) -> b.name = v)
                      .tags(StaticAttributeTags.primarySortKey()))
          .addAttribute(
              String.class,
              a -> a.name(STATE).getter(e -> e.state().name()).setter((b, v) -> b.state = v))
          .addAttribute(
              Long.class, a -> a.name(FENCE).getter(Entry::fence).setter((b, v) -> b.fence = v))
          .addAttribute(
              Long.class,
              a -> a.name(VERSION).getter(Entry::version).setter((b, v) -> b.version = v))
          .addAttribute(
              SdkBytes.class,
              a ->
                  a.name(SEALED)
                      .getter(e -> e.sealed() == null ? null : e.sealed().envelope())
                      .setter((b, v) -> b.envelope = v))
          .addAttribute(
              SdkBytes.class,
              a ->
                  a.name(DATA_KEY)
                      .getter(e -> e.sealed() == null ? null : e.sealed().dataKey())
                      .setter((b, v) -> b.dataKey = v))
          .addAttribute(
              Long.class,
              a ->
                  a.name(DATA_KEY_CREATED_AT)
                      .getter(e -> e.sealed() == null ? null : e.sealed().dataKeyCreatedAt())
                      .setter((b, v) -> b.dataKeyCreatedAt = v))
          .addAttribute(
              Long.class,
              a -> a.name(SEALED_AT).getter(Entry::writtenAt).setter((b, v) -> b.writtenAt = v))
          .addAttribute(
              Long.class,
              a ->
                  a.name(SOFT_EXPIRES_AT)
                      .getter(e -> e.sealed() == null ? null : e.sealed().softExpiresAt())
                      .setter((b, v) -> b.softExpiresAt = v))
          .addAttribute(
              Long.class,
              a ->
                  a.name(HARD_EXPIRES_AT)
                      .getter(e -> e.sealed() == null ? null : e.sealed().hardExpiresAt())
                      .setter((b, v) -> b.hardExpiresAt = v))
          .addAttribute(
              String.class,
              a ->
                  a.name(FAILURE)
                      .getter(e -> e.failure() == null ? null : e.failure().code())
                      .setter((b, v) -> b.failure = v))
          .addAttribute(
              Long.class,
              a -> a.name(RETRY_AT).getter(EntrySchema::retryAt).setter((b, v) -> b.retryAt = v))
          .addAttribute(
              Long.class,
              a ->
                  a.name(REVOKED)
                      .getter(e -> e.revocation() == null ? null : e.revocation().version())
                      .setter((b, v) -> b.revoked = v))
          .addAttribute(
              Long.class,
              a ->
                  a.name(REVOKED_AT)
                      .getter(e -> e.revocation() == null ? null : e.revocation().at())
                      .setter((b, v) -> b.revokedAt = v))
          .addAttribute(
              Integer.class,
              a -> a.name(SIBLINGS).getter(Entry::siblings).setter((b, v) -> b.siblings = v))
          .addAttribute(
              String.class,
              a ->
                  a.name(FILLING_BY)
                      .getter(e -> e.filling() == null ? null : e.filling().by())
                      .setter((b, v) -> b.fillingBy = v))
          .addAttribute(
              Long.class,
              a ->
                  a.name(FILLING_UNTIL)
                      .getter(e -> e.filling() == null ? null : e.filling().until())
                      .setter((b, v) -> b.fillingUntil = v))
          .addAttribute(
              Long.class,
              a -> a.name(TTL).getter(Entry::deletableAt).setter((b, v) -> b.deletableAt = v))
          .addAttribute(
              Long.class, a -> a.name(PROBE).getter(Entry::probe).setter((b, v) -> b.probe = v))
          .build();

  /** The longest ciphertext of KMS. */
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
          Map.entry(PROBE, AttributeValue.Type.N));

  private EntrySchema() {}

  /** The schema, for the enhanced client. */
  public static TableSchema<Entry> tableSchema() {
    return SCHEMA;
  }

  /** The item of an entry; absent parts have no attribute. */
  public static Map<String, AttributeValue> toItem(Entry entry) {
    return SCHEMA.itemToMap(entry, true);
  }

  /**
   * The entry of an item.
   *
   * @throws KeepwarmException {@link ErrorCode#TAMPERED} if an attribute is missing, of another
   *     type or out of range: Keepwarm never wrote such an item. The message names the attribute
   */
  public static Entry fromItem(Map<String, AttributeValue> item) {
    TYPES.forEach((name, type) -> check(name, type, item.get(name)));
    if (!item.containsKey(TENANT)) {
      // Without any attribute that it knows, the schema returns null.
      throw malformed(TENANT);
    }
    try {
      return SCHEMA.mapToItem(item);
    } catch (KeepwarmException e) {
      throw e.code() == ErrorCode.TAMPERED ? e : malformed(TENANT + " or " + NAME);
    }
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

  private static @Nullable Long retryAt(Entry entry) {
    if (entry.failure() != null) {
      return entry.failure().retryAt();
    }
    return entry.revocation() == null ? null : entry.revocation().retryAt();
  }

  /** Gathers the attributes of one item. Not thread-safe. */
  static final class Builder {
    private @Nullable String tenant;
    private @Nullable String name;
    private @Nullable String state;
    private long fence;
    private @Nullable Long version;
    private @Nullable SdkBytes envelope;
    private @Nullable SdkBytes dataKey;
    private @Nullable Long dataKeyCreatedAt;
    private @Nullable Long writtenAt;
    private @Nullable Long softExpiresAt;
    private @Nullable Long hardExpiresAt;
    private @Nullable String failure;
    private @Nullable Long retryAt;
    private @Nullable Long revoked;
    private @Nullable Long revokedAt;
    private @Nullable Integer siblings;
    private @Nullable String fillingBy;
    private @Nullable Long fillingUntil;
    private @Nullable Long deletableAt;
    private @Nullable Long probe;

    private Entry build() {
      EntryState parsed = parse(required(STATE, state));
      boolean holdsSomething = parsed != EntryState.INVALID;
      return new Entry(
          new CredentialId(required(TENANT, tenant), required(NAME, name)),
          parsed,
          fence,
          version,
          parsed == EntryState.READY ? sealed() : null,
          parsed == EntryState.FAILED ? failure() : null,
          revocation(),
          filling(),
          holdsSomething ? required(SIBLINGS, siblings) : null,
          holdsSomething ? required(SEALED_AT, writtenAt) : null,
          deletableAt,
          parsed == EntryState.READY ? probe : null);
    }

    private static EntryState parse(String state) {
      return switch (state) {
        case "READY" -> EntryState.READY;
        case "INVALID" -> EntryState.INVALID;
        case "FAILED" -> EntryState.FAILED;
        default -> throw malformed(STATE);
      };
    }

    private SealedCredential sealed() {
      return new SealedCredential(
          required(VERSION, version),
          sized(SEALED, envelope, Envelope.OVERHEAD, Envelope.OVERHEAD + Envelope.MAX_PLAINTEXT),
          sized(DATA_KEY, dataKey, 1, MAX_DATA_KEY),
          required(DATA_KEY_CREATED_AT, dataKeyCreatedAt),
          required(SEALED_AT, writtenAt),
          required(SOFT_EXPIRES_AT, softExpiresAt),
          required(HARD_EXPIRES_AT, hardExpiresAt));
    }

    private Failure failure() {
      String code = required(FAILURE, failure);
      if (!Failure.isCode(code)) {
        throw malformed(FAILURE);
      }
      return new Failure(code, required(RETRY_AT, retryAt));
    }

    private @Nullable Revocation revocation() {
      if (revoked == null && revokedAt == null) {
        return null;
      }
      return new Revocation(
          required(REVOKED, revoked),
          required(REVOKED_AT, revokedAt),
          retryAt == null ? 0 : retryAt);
    }

    private @Nullable Lease filling() {
      if (fillingBy == null && fillingUntil == null) {
        return null;
      }
      return new Lease(required(FILLING_BY, fillingBy), required(FILLING_UNTIL, fillingUntil));
    }

    private static SdkBytes sized(String name, @Nullable SdkBytes bytes, int least, int most) {
      int length = required(name, bytes).asByteArrayUnsafe().length;
      if (length < least || length > most) {
        throw malformed(name);
      }
      return required(name, bytes);
    }

    private static <T> T required(String name, @Nullable T value) {
      if (value == null) {
        throw malformed(name);
      }
      return value;
    }
  }
}
