package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.math.BigDecimal;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a credential that is a JSON object. Immutable; never prints a value.
 *
 * <p>Every method except {@link #has} throws {@link KeepwarmException} with {@link
 * ErrorCode#UNDECODABLE} and the failure {@code BAD_FIELD} if the field is absent, null, or of
 * another type. The message names the field and the expected type, and never the value.
 */
public final class CredentialFields {
  private final CredentialId id;

  // Transient, so that libraries that print objects field by field skip it.
  private final transient Map<String, @Nullable Object> fields;

  CredentialFields(CredentialId id, Map<String, @Nullable Object> fields) {
    this.id = id;
    this.fields = fields;
  }

  /** Whether the field is present and not null. */
  public boolean has(String name) {
    return fields.get(name) != null;
  }

  /** The field as a string. */
  public String text(String name) {
    if (fields.get(name) instanceof String text) {
      return text;
    }
    throw isNo(name, "a string");
  }

  /** The field as a whole number of 32 bits, such as a port. */
  public int integer(String name) {
    if (fields.get(name) instanceof Long number && number == number.intValue()) {
      return number.intValue();
    }
    throw isNo(name, "a whole number of 32 bits");
  }

  /** The field as a number, with all of its digits. */
  public BigDecimal number(String name) {
    return switch (fields.get(name)) {
      case Long number -> BigDecimal.valueOf(number);
      case BigDecimal number -> number;
      case null, default -> throw isNo(name, "a number");
    };
  }

  /** The field as true or false. */
  public boolean bool(String name) {
    if (fields.get(name) instanceof Boolean bool) {
      return bool;
    }
    throw isNo(name, "true or false");
  }

  /** The field as an object within the object. */
  public CredentialFields object(String name) {
    if (fields.get(name) instanceof Map<?, ?> map) {
      @SuppressWarnings("unchecked") // Keys of a JSON object are strings.
      Map<String, @Nullable Object> inner = (Map<String, @Nullable Object>) map;
      return new CredentialFields(id, inner);
    }
    throw isNo(name, "an object");
  }

  /** The id; never a field or a value. */
  @Override
  public String toString() {
    return "CredentialFields[" + id + ", redacted]";
  }

  private KeepwarmException isNo(String name, String form) {
    return new KeepwarmException(
        ErrorCode.UNDECODABLE,
        "the field " + name + " of the credential " + id + " is not " + form,
        "BAD_FIELD",
        null);
  }
}
