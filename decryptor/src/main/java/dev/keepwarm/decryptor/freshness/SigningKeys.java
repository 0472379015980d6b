package dev.keepwarm.decryptor.freshness;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.SecretCipher;
import dev.keepwarm.engine.FreshnessStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The secrets that sign a deployment's records, which all its decryptors share. The first one that
 * needs a secret makes it. Thread-safe.
 */
final class SigningKeys {
  /** How long it may take until a process hears of another secret. */
  private static final Duration REMEMBERED = Duration.ofMinutes(5);

  private final FreshnessStore store;
  private final SecretCipher cipher;
  private final Map<String, String> context;
  private final InstantSource clock;
  private final SecureRandom random;
  private @Nullable Known known;

  /**
   * What was read last.
   *
   * @param signings the one of the secret that entries are to name first
   */
  private record Known(FreshnessStore.Secrets secrets, List<Signing> signings, long readAt) {}

  /**
   * The secrets in a store.
   *
   * @param context under which KMS wraps them, which nobody but the decryptor may use
   */
  SigningKeys(
      FreshnessStore store,
      SecretCipher cipher,
      Map<String, String> context,
      InstantSource clock,
      SecureRandom random) {
    this.store = store;
    this.cipher = cipher;
    this.context = Map.copyOf(context);
    this.clock = clock;
    this.random = random;
  }

  /**
   * What signs now: first what entries are to name, then what they may still name.
   *
   * @throws KeepwarmException if the table or KMS does not answer
   */
  synchronized List<Signing> get() {
    long now = clock.millis();
    Known last = known;
    if (last != null && now >= last.readAt && now - last.readAt < REMEMBERED.toMillis()) {
      return last.signings;
    }
    FreshnessStore.Secrets secrets = secrets();
    List<Signing> signings =
        last != null && last.secrets.equals(secrets) ? last.signings : unwrapped(secrets);
    known = new Known(secrets, signings, now);
    return signings;
  }

  /** Forgets every secret. */
  synchronized void clear() {
    known = null;
  }

  private FreshnessStore.Secrets secrets() {
    FreshnessStore.Secrets secrets = store.secrets();
    if (secrets == null) {
      byte[] secret = new byte[Signing.SECRET_LENGTH];
      random.nextBytes(secret);
      try {
        // Another decryptor may be faster: then its secret counts.
        boolean unused = store.createSecret(cipher.encrypt(secret, context));
      } finally {
        Arrays.fill(secret, (byte) 0);
      }
      secrets = store.secrets();
    }
    if (secrets == null) {
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "the signing secret was deleted");
    }
    return secrets;
  }

  private List<Signing> unwrapped(FreshnessStore.Secrets secrets) {
    List<Signing> signings = new ArrayList<>();
    signings.add(unwrapped(secrets.current()));
    if (secrets.former() != null) {
      signings.add(unwrapped(secrets.former()));
    }
    return List.copyOf(signings);
  }

  private Signing unwrapped(SdkBytes wrapped) {
    byte[] secret = cipher.decrypt(wrapped, context);
    try {
      if (secret.length != Signing.SECRET_LENGTH) {
        throw new KeepwarmException(ErrorCode.TAMPERED, "the signing secret has another length");
      }
      return Signing.of(secret);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }
}
