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
 * The secrets for signing a deployment's records, shared by all its decryptors. The first decryptor
 * that needs a secret makes it. Thread-safe.
 */
final class SigningKeys {
  /** How long it may take until a process notices a new secret, unless a turn is shorter. */
  private static final Duration REMEMBERED = Duration.ofMinutes(5);

  private final FreshnessStore store;
  private final SecretCipher cipher;
  private final Map<String, String> context;
  private final InstantSource clock;
  private final SecureRandom random;
  private final long rememberedMillis;
  private final Duration sealLife;

  /** Read from the table without a lock: two threads that read it at a time get the same. */
  private volatile @Nullable Known known;

  /**
   * The secrets that were read last.
   *
   * @param former the former secret's keys; null if there is none or it cannot be opened
   */
  private record Known(
      FreshnessStore.Secrets secrets, Signing current, @Nullable Signing former, long readAt) {
    /** The keys that sign; new entries name the first one. */
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
   * @param context the encryption context under which KMS wraps them; only the decryptor may use it
   * @param turn how long a turn of the wheel is, in milliseconds
   * @param sealLife how long entries that name a secret's key may be usable
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
   * The keys that sign now: first the one that new entries name, then the one that existing entries
   * may still name. Makes a secret if there is none yet, or if a new one has been requested.
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

  /** Null if the secret cannot be opened any more: its KMS key was given up, or it was altered. */
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
   * Makes a secret. If another decryptor is faster, its secret counts.
   *
   * @param before the secrets to replace; null if there are none yet
   * @param former the secret that also signs
   * @param formerUntil the time until which the former secret signs
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
