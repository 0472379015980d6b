package dev.keepwarm.engine;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Attributes;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Versions;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The built-in source table's schema. Thread-safe. */
public final class SourceSchema {
  /** HASH key: the tenant. */
  public static final String TENANT = "tenant";

  /** RANGE key: the credential's name. */
  public static final String NAME = "name";

  static final String PROFILE = "profile";
  static final String CIPHERTEXT = "ciphertext";
  public static final String VERSION = "version";
  static final String UPDATED_AT = "updatedAt";

  private SourceSchema() {}

  public static Map<String, AttributeValue> toItem(SourceRow.Original row, long updatedAtMillis) {
    Map<String, AttributeValue> item = new HashMap<>(key(row.id()));
    Attributes.put(item, PROFILE, row.profile());
    Attributes.put(item, CIPHERTEXT, row.ciphertext());
    Attributes.put(item, VERSION, row.version());
    Attributes.put(item, UPDATED_AT, updatedAtMillis);
    return item;
  }

  public static Map<String, AttributeValue> key(CredentialId id) {
    return Map.of(TENANT, AttributeValue.fromS(id.tenant()), NAME, AttributeValue.fromS(id.name()));
  }

  /** A part of an item's key, which the table itself sees to. */
  public static String keyPart(Map<String, AttributeValue> item, String name) {
    return Objects.requireNonNull(item.get(name)).s();
  }

  /**
   * The row of an item; null if its key is not a credential's. Attributes of another type or range
   * than ours count as missing.
   */
  public static @Nullable SourceRow fromItem(Map<String, AttributeValue> item) {
    String tenant = keyPart(item, TENANT);
    String name = keyPart(item, NAME);
    if (!CredentialId.isValidPart(tenant) || !CredentialId.isValidPart(name)) {
      return null;
    }
    CredentialId id = new CredentialId(tenant, name);
    String profile = Attributes.text(item, PROFILE);
    String ciphertext = Attributes.text(item, CIPHERTEXT);
    Long version = Attributes.number(item, VERSION, Versions.MAX);
    Long changedAt = Attributes.number(item, UPDATED_AT, Versions.MAX);
    if (version == null || profile == null || ciphertext == null) {
      return new SourceRow.Unusable(id, version, Failure.BAD_ROW, changedAt);
    }
    return new SourceRow.Original(id, profile, ciphertext, version, changedAt);
  }
}
