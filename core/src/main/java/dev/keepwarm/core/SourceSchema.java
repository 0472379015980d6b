package dev.keepwarm.core;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.enhanced.dynamodb.mapper.StaticAttributeTags;
import software.amazon.awssdk.enhanced.dynamodb.mapper.StaticImmutableTableSchema;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The built-in source table's schema. Thread-safe. */
public final class SourceSchema {
  /** HASH key: the tenant. */
  public static final String TENANT = "tenant";

  /** RANGE key: the credential's name. */
  public static final String NAME = "name";

  static final String PROFILE = "profile";
  static final String CIPHERTEXT = "ciphertext";
  static final String VERSION = "version";
  static final String UPDATED_AT = "updatedAt";

  private static final TableSchema<Item> SCHEMA =
      StaticImmutableTableSchema.builder(Item.class, Builder.class)
          .newItemBuilder(Builder::new, Builder::build)
          .addAttribute(
              String.class,
              a ->
                  a.name(TENANT)
                      .getter(Item::tenant)
                      .setter((b, v) -> b.tenant = v)
                      .tags(StaticAttributeTags.primaryPartitionKey()))
          .addAttribute(
              String.class,
              a ->
                  a.name(NAME)
                      .getter(Item::name)
                      .setter((b, v) -> b.name = v)
                      .tags(StaticAttributeTags.primarySortKey()))
          .addAttribute(
              String.class,
              a -> a.name(PROFILE).getter(Item::profile).setter((b, v) -> b.profile = v))
          .addAttribute(
              String.class,
              a -> a.name(CIPHERTEXT).getter(Item::ciphertext).setter((b, v) -> b.ciphertext = v))
          .addAttribute(
              Long.class,
              a -> a.name(VERSION).getter(Item::version).setter((b, v) -> b.version = v))
          .addAttribute(
              Long.class,
              a -> a.name(UPDATED_AT).getter(Item::updatedAt).setter((b, v) -> b.updatedAt = v))
          .build();

  private static final Map<String, AttributeValue.Type> TYPES =
      Map.of(
          PROFILE, AttributeValue.Type.S,
          CIPHERTEXT, AttributeValue.Type.S,
          VERSION, AttributeValue.Type.N,
          UPDATED_AT, AttributeValue.Type.N);

  private SourceSchema() {}

  static Map<String, AttributeValue> toItem(SourceRow.Original row, long updatedAtMillis) {
    return SCHEMA.itemToMap(
        new Item(
            row.id().tenant(),
            row.id().name(),
            row.profile(),
            row.ciphertext(),
            row.version(),
            updatedAtMillis),
        true);
  }

  static Map<String, AttributeValue> key(CredentialId id) {
    return Map.of(TENANT, AttributeValue.fromS(id.tenant()), NAME, AttributeValue.fromS(id.name()));
  }

  /** A part of an item's key, which the table itself sees to. */
  static String keyPart(Map<String, AttributeValue> item, String name) {
    return Objects.requireNonNull(item.get(name)).s();
  }

  /** The row of an item; null if its key is not a credential's. */
  static @Nullable SourceRow fromItem(Map<String, AttributeValue> item) {
    String tenant = keyPart(item, TENANT);
    String name = keyPart(item, NAME);
    if (!CredentialId.isValidPart(tenant) || !CredentialId.isValidPart(name)) {
      return null;
    }
    CredentialId id = new CredentialId(tenant, name);
    Item read = SCHEMA.mapToItem(wellFormed(item));
    if (read.version() == null || read.profile() == null || read.ciphertext() == null) {
      return new SourceRow.Unusable(id, read.version(), Failure.BAD_ROW);
    }
    return new SourceRow.Original(id, read.profile(), read.ciphertext(), read.version());
  }

  /** The item without attributes of another type or range than ours: they count as missing. */
  private static Map<String, AttributeValue> wellFormed(Map<String, AttributeValue> item) {
    Map<String, AttributeValue> wellFormed = new HashMap<>(item);
    TYPES.forEach((name, type) ->
        wellFormed.computeIfPresent(
            name,
            (same, attribute) ->
                Attributes.isValid(attribute, type, Versions.MAX) ? attribute : null));
    return wellFormed;
  }

  /** The attributes of one item; all but the key may be missing in what somebody else wrote. */
  record Item(
      String tenant,
      String name,
      @Nullable String profile,
      @Nullable String ciphertext,
      @Nullable Long version,
      @Nullable Long updatedAt) {}

  /** Gathers the attributes of one item. Not thread-safe. */
  static final class Builder {
    private String tenant = "";
    private String name = "";
    private @Nullable String profile;
    private @Nullable String ciphertext;
    private @Nullable Long version;
    private @Nullable Long updatedAt;

    private Item build() {
      return new Item(tenant, name, profile, ciphertext, version, updatedAt);
    }
  }
}
