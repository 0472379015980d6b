package dev.keepwarm.source;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import dev.keepwarm.core.internal.AwsErrors;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.SecretCipher;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;

/**
 * The database's user and password, read at the first use and kept until the database refuses them.
 * Thread-safe; concurrent callers may both read it.
 */
final class Logins {
  /** The encryption context of the password's KMS ciphertext. */
  static final Map<String, String> PASSWORD_CONTEXT = Map.of("keepwarm", "1", "jdbc", "password");

  private final AtomicReference<@Nullable Login> known = new AtomicReference<>();
  private final @Nullable Supplier<Login> reader;

  private Logins(@Nullable Supplier<Login> reader) {
    this.reader = reader;
  }

  /** No login: the driver needs none, or finds one itself. */
  static Logins none() {
    return new Logins(null);
  }

  /** The login that {@code reader} reads. */
  static Logins of(Supplier<Login> reader) {
    return new Logins(reader);
  }

  /** The login; null if there is none. */
  @Nullable Login get() {
    Login login = known.get();
    if (login == null && reader != null) {
      login = reader.get();
      known.set(login);
    }
    return login;
  }

  /** The login to use after the database refused one; null if it is still the same. */
  @Nullable Login after(Login refused) {
    known.compareAndSet(refused, null);
    Login login = get();
    return refused.equals(login) ? null : login;
  }

  /** Forgets the login. */
  void clear() {
    known.set(null);
  }

  /**
   * Reads the login from a secret of the form that RDS uses: a JSON object with {@code username}
   * and {@code password}.
   */
  static Login fromSecret(SecretsManagerClient client, String secretId) {
    String json;
    try {
      json = client.getSecretValue(r -> r.secretId(secretId)).secretString();
    } catch (RuntimeException e) {
      throw AwsErrors.translate("cannot read the secret of KEEPWARM_JDBC_SECRET", e);
    }
    try {
      Map<String, @Nullable Object> fields = Json.parseObject(json == null ? "" : json);
      if (fields.get("username") instanceof String user
          && fields.get("password") instanceof String password) {
        return new Login(user, password);
      }
    } catch (KeepwarmException e) {
      // Reported below.
    }
    throw new KeepwarmException(
        ErrorCode.INVALID_CONFIGURATION,
        "KEEPWARM_JDBC_SECRET: the secret must be a JSON object with the strings username and password");
  }

  /** Decrypts the password. */
  static Login fromKms(SecretCipher cipher, String user, String ciphertext) {
    byte[] password;
    try {
      password =
          cipher.decrypt(
              SdkBytes.fromByteArrayUnsafe(Base64.getDecoder().decode(ciphertext)),
              PASSWORD_CONTEXT);
    } catch (KeepwarmException e) {
      if (e.code() == ErrorCode.TAMPERED || e instanceof WrongKeyException) {
        throw new KeepwarmException(
            ErrorCode.INVALID_CONFIGURATION,
            "KEEPWARM_JDBC_PASSWORD_CIPHERTEXT: must be encrypted under KEEPWARM_KMS_KEY with the context "
                + "keepwarm=1,jdbc=password");
      }
      throw e;
    }
    try {
      return new Login(user, new String(password, StandardCharsets.UTF_8));
    } finally {
      Arrays.fill(password, (byte) 0);
    }
  }
}
