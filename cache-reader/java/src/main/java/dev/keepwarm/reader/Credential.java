package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Json;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A decrypted credential. Immutable. It compares by identity, is not serializable, and never prints
 * its value.
 *
 * <p>Do not keep it longer than one piece of work takes. Ask the reader again instead: that takes
 * nanoseconds, and the reader returns rotated values.
 */
public final class Credential {
  /** The binding of a credential without a JSON library. It always fails. */
  static final JsonBinding NO_BINDING =
      new JsonBinding() {
        @Override
        public <T> T read(String json, Class<T> type) {
          throw new KeepwarmException(
              ErrorCode.INVALID_CONFIGURATION,
              "json(Class) requires a JSON binding: pass one to the reader's builder");
        }
      };

  private final CredentialId id;
  private final long version;
  private final long softExpiresAt;
  private final long hardExpiresAt;

  // Transient, so that libraries that print objects field by field skip it.
  private final transient byte[] value;

  private final transient JsonBinding binding;

  /** A credential that takes over {@code value}. */
  Credential(
      CredentialId id,
      long version,
      long softExpiresAt,
      long hardExpiresAt,
      byte[] value,
      JsonBinding binding) {
    this.binding = binding;
    this.id = id;
    this.version = version;
    this.softExpiresAt = softExpiresAt;
    this.hardExpiresAt = hardExpiresAt;
    this.value = value;
  }

  /**
   * Makes a credential without a reader, for tests and for other implementations of {@link
   * KeepwarmReader}.
   *
   * @param value its bytes, which are copied
   * @param binding the JSON library for {@link #json(Class)}
   */
  public static Credential of(
      CredentialId id, long version, Instant expiresAt, byte[] value, JsonBinding binding) {
    long hard = expiresAt.toEpochMilli();
    return new Credential(id, version, hard, hard, value.clone(), binding);
  }

  /**
   * Makes a credential from a string. Its {@link #json(Class)} fails, because it has no binding.
   */
  public static Credential of(CredentialId id, long version, Instant expiresAt, String text) {
    return of(id, version, expiresAt, text.getBytes(StandardCharsets.UTF_8), NO_BINDING);
  }

  /** The tenant and the name of this credential. */
  public CredentialId id() {
    return id;
  }

  /**
   * The value as a string.
   *
   * @throws KeepwarmException {@link ErrorCode#UNDECODABLE} if it is not UTF-8
   */
  public String text() {
    String text = new String(value, StandardCharsets.UTF_8);
    if (text.indexOf('\uFFFD') >= 0) {
      // Either the value contains the replacement character itself, or it is not UTF-8.
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value));
      } catch (CharacterCodingException e) {
        throw undecodable("is not UTF-8 text", "NOT_TEXT");
      }
    }
    return text;
  }

  /** The value as bytes: a copy, which the caller may wipe. */
  public byte[] bytes() {
    return value.clone();
  }

  /**
   * The value as a JSON object. Its members are {@code Map}, {@code List}, {@code String}, {@code
   * Boolean}, null, {@code Long} for whole numbers of at most 18 digits (never {@code Integer}),
   * and {@code BigDecimal} for other numbers, so that no digit is lost. An object with a duplicate
   * field is refused. {@link #fields} returns fields by type.
   *
   * @throws KeepwarmException {@link ErrorCode#UNDECODABLE} if the value is not a JSON object
   */
  public Map<String, @Nullable Object> json() {
    try {
      return Json.parseObject(text());
    } catch (KeepwarmException e) {
      throw undecodable("is not a JSON object", "NOT_JSON");
    }
  }

  /**
   * The value as an object of the application's own type, made by the reader's {@link JsonBinding}.
   *
   * @throws KeepwarmException {@link ErrorCode#UNDECODABLE} with the failure {@code NOT_JSON} if
   *     the binding throws; its exception is not the cause, because it may quote the value. {@link
   *     ErrorCode#INVALID_CONFIGURATION} if the reader has no binding
   */
  public <T> T json(Class<T> type) {
    String text = text();
    try {
      return binding.read(text, type);
    } catch (KeepwarmException e) {
      throw e;
    } catch (Exception e) {
      throw undecodable(
          "cannot be read as " + type.getSimpleName() + ": " + e.getClass().getName(), "NOT_JSON");
    }
  }

  /**
   * The value as a JSON object that returns its fields by type.
   *
   * @throws KeepwarmException {@link ErrorCode#UNDECODABLE} if the value is not a JSON object
   */
  public CredentialFields fields() {
    return new CredentialFields(id, json());
  }

  /** The source's version of the credential. */
  public long version() {
    return version;
  }

  /** When this copy expires. It must not be used from then on. */
  public Instant expiresAt() {
    return Instant.ofEpochMilli(hardExpiresAt);
  }

  /** The id and the version; never the value. */
  @Override
  public String toString() {
    return "Credential[" + id + ", version " + version + ", redacted]";
  }

  long softExpiresAt() {
    return softExpiresAt;
  }

  long hardExpiresAt() {
    return hardExpiresAt;
  }

  /** How many bytes the value has. */
  int length() {
    return value.length;
  }

  /** Whether {@code other} has another version or value. Compares the values in constant time. */
  boolean differsFrom(Credential other) {
    return version != other.version || !MessageDigest.isEqual(value, other.value);
  }

  private KeepwarmException undecodable(String problem, String failure) {
    return new KeepwarmException(
        ErrorCode.UNDECODABLE, "the credential " + id + " " + problem, failure, null);
  }
}
