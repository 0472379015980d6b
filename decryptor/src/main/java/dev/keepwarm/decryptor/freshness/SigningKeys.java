package dev.keepwarm.decryptor.freshness;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import dev.keepwarm.core.internal.SecretCipher;
import dev.keepwarm.engine.FreshnessStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
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
  /** How long it may take until a process hears of another secret, unless a turn is shorter. */
  private static final Duration REMEMBERED = Duration.ofMinutes(5);

  private final FreshnessStore store;
  private final SecretCipher cipher;
  private final Map<String, String> context;
  private final InstantSource clock;
  private final SecureRandom random;
  private final long rememberedMillis;
  private final Duration sealLife;

  /** No lock is held while it is read: two threads that read it at a time read the same. */
  private volatile @Nullable Known known;

  /**
   * What was read last.
   *
   * @param former what the former secret signs with; null if there is none that can be opened
   */
  private record Known(
      FreshnessStore.Secrets secrets, Signing current, @Nullable Signing former, long readAt) {
    /** What signs, the one first that entries are to name. */
    List<Signing> signings(long now) {
      Long until = secrets.formerUntil();
      return former == null || (until != null && now >= until)
          ? List.of(current)
          : List.of(current, former);
    }
  }

  /**
   * The secrets in a store.
   *
   * @param context under which KMS wraps them, which nobody but the decryptor may use
   * @param turn how long a turn of the wheel is, in milliseconds
   * @param sealLife how long what was sealed under a secret may be usable
   */
  SigningKeys(
      FreshnessStore store,
      SecretCipher cipher,
      Map<String, String> context,
      InstantSource clock,
      SecureRandom random,
      long turn,
      Duration sealLife) {
    this.store = store;
    this.cipher = cipher;
    this.context = Map.copyOf(context);
    this.clock = clock;
    this.random = random;
    this.rememberedMillis = Math.min(REMEMBERED.toMillis(), turn);
    this.sealLife = sealLife;
  }

  /**
   * What signs now: first what entries are to name, then what they may still name. Makes the secret
   * if there is none yet, or if somebody has asked for another.
   *
   * @throws KeepwarmException if the table or KMS does not answer
   */
  List<Signing> get() {
    long now = clock.millis();
    Known last = known;
    if (last == null || now < last.readAt || now - last.readAt >= rememberedMillis) {
      FreshnessStore.Secrets secrets = store.secrets();
      if (secrets == null) {
        secrets = made(null, null, null);
      } else if (secrets.asked() != null) {
        secrets = rotated(secrets, secrets.asked(), now);
      }
      last =
          last != null && last.secrets.equals(secrets)
              ? new Known(last.secrets, last.current, last.former, now)
              : known(secrets, now);
      known = last;
    }
    return last.signings(now);
  }

  /** Forgets every secret. */
  void clear() {
    known = null;
  }

  private Known known(FreshnessStore.Secrets read, long now) {
    FreshnessStore.Secrets secrets = read;
    Signing current = usable(secrets.current());
    if (current == null) {
      secrets = made(secrets, null, null);
      current = unwrapped(secrets.current());
    }
    Signing former = secrets.former() == null ? null : usable(secrets.former());
    return new Known(secrets, current, former, now);
  }

  private FreshnessStore.Secrets rotated(
      FreshnessStore.Secrets before, FreshnessStore.Rotation rotation, long now) {
    return switch (rotation) {
      case GRADUAL -> made(before, before.current(), now + sealLife.toMillis());
      case AT_ONCE -> made(before, null, null);
    };
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
   * @param before what it takes the place of; null if there is none yet
   * @param former what signs as well
   * @param formerUntil until when that one does
   */
  private FreshnessStore.Secrets made(
      FreshnessStore.@Nullable Secrets before,
      @Nullable SdkBytes former,
      @Nullable Long formerUntil) {
    byte[] secret = new byte[Signing.SECRET_LENGTH];
    random.nextBytes(secret);
    try {
      SdkBytes wrapped = cipher.encrypt(secret, context);
      boolean unused =
          before == null
              ? store.createSecret(wrapped)
              : store.replaceSecrets(
                  before, new FreshnessStore.Secrets(wrapped, former, formerUntil, null));
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
        throw new KeepwarmException(ErrorCode.TAMPERED, "the signing secret has the wrong length");
      }
      return Signing.of(secret);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }
}
