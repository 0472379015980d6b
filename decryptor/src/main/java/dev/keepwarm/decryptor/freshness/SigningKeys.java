package dev.keepwarm.decryptor.freshness;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
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

  /** No lock is held while it is read: two threads that read it at a time read the same. */
  private volatile @Nullable Known known;

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
  List<Signing> get() {
    long now = clock.millis();
    Known last = known;
    if (last != null && now >= last.readAt && now - last.readAt < REMEMBERED.toMillis()) {
      return last.signings;
    }
    FreshnessStore.Secrets secrets = store.secrets();
    Known read =
        last != null && secrets != null && last.secrets.equals(secrets)
            ? new Known(last.secrets, last.signings, now)
            : known(secrets == null ? made(null) : secrets, now);
    known = read;
    return read.signings;
  }

  /** Forgets every secret. */
  void clear() {
    known = null;
  }

  private Known known(FreshnessStore.Secrets read, long now) {
    FreshnessStore.Secrets secrets = read;
    Signing current = usable(secrets.current());
    if (current == null) {
      secrets = made(secrets.current());
      current = unwrapped(secrets.current());
    }
    List<Signing> signings = new ArrayList<>(List.of(current));
    Signing former = secrets.former() == null ? null : usable(secrets.former());
    if (former != null) {
      signings.add(former);
    }
    return new Known(secrets, List.copyOf(signings), now);
  }

  /** Null if nobody can open the secret any more: its KMS key was given up, or it was changed. */
  private @Nullable Signing usable(SdkBytes wrapped) {
    try {
      return unwrapped(wrapped);
    } catch (KeepwarmException e) {
      if (e instanceof WrongKeyException || e.code() == ErrorCode.TAMPERED) {
        return null;
      }
      throw e;
    }
  }

  /**
   * Makes a secret. Another decryptor may be faster: then its secret counts.
   *
   * @param lost what it takes the place of; null if there is none yet
   */
  private FreshnessStore.Secrets made(@Nullable SdkBytes lost) {
    byte[] secret = new byte[Signing.SECRET_LENGTH];
    random.nextBytes(secret);
    try {
      SdkBytes wrapped = cipher.encrypt(secret, context);
      boolean unused =
          lost == null ? store.createSecret(wrapped) : store.replaceSecret(lost, wrapped);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
    FreshnessStore.Secrets secrets = store.secrets();
    if (secrets == null) {
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "the signing secret was deleted");
    }
    return secrets;
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
