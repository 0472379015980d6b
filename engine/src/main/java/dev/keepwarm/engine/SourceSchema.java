package dev.keepwarm.engine;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Versions;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.enhanced.dynamodb.mapper.StaticImmutableTableSchema;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The built-in source table's schema. Thread-safe. */
public final class SourceSchema {
  /** HASH key: the tenant. */
  public static final String TENANT = "tenant";

  /** RANGE key: the credential's name. */
  public static final String NAME = "name";

  /** The version, a number. */
  public static final String VERSION = "version";

  static final String PROFILE = "profile";
  static final String CIPHERTEXT = "ciphertext";
  static final String UPDATED_AT = "updatedAt";

  private static final Columns<SourceItem, Builder> COLUMNS =
      new Columns<>(SourceItem.class, Builder.class);

  private static final TableSchema<SourceItem> SCHEMA =
      StaticImmutableTableSchema.builder(SourceItem.class, Builder.class)
          .newItemBuilder(Builder::new, Builder::build)
          .addAttribute(COLUMNS.text(TENANT, SourceItem::tenant, (b, v) -> b.tenant = v))
          .addAttribute(COLUMNS.text(NAME, SourceItem::name, (b, v) -> b.name = v))
          .addAttribute(COLUMNS.text(PROFILE, SourceItem::profile, (b, v) -> b.profile = v))
          .addAttribute(
              COLUMNS.text(CIPHERTEXT, SourceItem::ciphertext, (b, v) -> b.ciphertext = v))
          .addAttribute(
              COLUMNS.number(
                  VERSION, 0, Versions.MAX, SourceItem::version, (b, v) -> b.version = v))
          .addAttribute(
              COLUMNS.number(
                  UPDATED_AT, 0, Versions.MAX, SourceItem::updatedAt, (b, v) -> b.updatedAt = v))
          .build();

  private SourceSchema() {}

  /**
   * The item of a row.
   *
   * @param updatedAtMillis when the row gets its version, in milliseconds since the epoch
   */
  public static Map<String, AttributeValue> toItem(SourceRow.Original row, long updatedAtMillis) {
    return SCHEMA.itemToMap(
        new SourceItem(
            row.id().tenant(),
            row.id().name(),
            row.profile(),
            row.ciphertext(),
            row.version(),
            updatedAtMillis),
        true);
  }

  /** The key of a credential's row. */
  public static Map<String, AttributeValue> key(CredentialId id) {
    return Map.of(TENANT, AttributeValue.fromS(id.tenant()), NAME, AttributeValue.fromS(id.name()));
  }

  /** A part of an item's key. The table guarantees that it is present. */
  public static String keyPart(Map<String, AttributeValue> item, String name) {
    return Objects.requireNonNull(item.get(name)).s();
  }

  /**
   * The row of an item; null if its key is not a credential's. Attributes of another type or range
   * than Keepwarm writes count as missing.
   */
  public static @Nullable SourceRow fromItem(Map<String, AttributeValue> item) {
    SourceItem read = SCHEMA.mapToItem(item, true);
    String tenant = read.tenant();
    String name = read.name();
    if (tenant == null
        || name == null
        || !CredentialId.isValidPart(tenant)
        || !CredentialId.isValidPart(name)) {
      return null;
    }
    CredentialId id = new CredentialId(tenant, name);
    if (read.version() == null || read.profile() == null || read.ciphertext() == null) {
      return new SourceRow.Unusable(id, read.version(), Failure.BAD_ROW, read.updatedAt());
    }
    return new SourceRow.Original(
        id, read.profile(), read.ciphertext(), read.version(), read.updatedAt());
  }

  /** The version of an item, as {@link #fromItem} reads it; null if it has no valid one. */
  public static @Nullable Long version(Map<String, AttributeValue> item) {
    return SCHEMA.mapToItem(item, true).version();
  }

  /** The attributes of an item that Keepwarm knows. */
  private record SourceItem(
      @Nullable String tenant,
      @Nullable String name,
      @Nullable String profile,
      @Nullable String ciphertext,
      @Nullable Long version,
      @Nullable Long updatedAt) {}

  /** The attributes read so far. */
  private static final class Builder {
    @Nullable String tenant;
    @Nullable String name;
    @Nullable String profile;
    @Nullable String ciphertext;
    @Nullable Long version;
    @Nullable Long updatedAt;

    SourceItem build() {
      return new SourceItem(tenant, name, profile, ciphertext, version, updatedAt);
    }
  }
}
