package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.KeyService;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.decryptor.profile.Memo;
import dev.keepwarm.engine.Sizing;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * Which data key a tenant's next entries are sealed under: the newest one in its entries, until
 * that is 24 hours old, a credential of the tenant was revoked after it was made, or the key alias
 * was pointed to another KMS key; then a new one. Keys in clear are remembered, so that a process
 * asks KMS once a tenant and key. Thread-safe.
 *
 * <p>So that a process hears of another KMS key, it unwraps one data key again every few minutes,
 * whichever is used next. KMS either names the current key, and all that are remembered under
 * another one are of no use any more; or it says that this data key is not the current key's.
 */
public final class TenantKeys {
  /**
   * How far the clock of whoever made a key may be ahead, in milliseconds. The age of a key is not
   * authenticated: one from the future was written by somebody else, who wants it used for ever.
   */
  private static final long CLOCKS_APART = 5 * 60_000;

  /** How long it may take until a process hears that the alias points to another KMS key. */
  public static final Duration CONFIRMED_FOR = Duration.ofMinutes(5);

  /**
   * The same where a reader may have come because it cannot open an entry: shorter than anybody
   * would repeat that, and long enough that a crowd of them costs one call.
   */
  public static final Duration CONFIRMED_FOR_A_READER = Duration.ofSeconds(5);

  /**
   * For how long a process takes a tenant's data key for the one to be used, without a look at the
   * tenant's entries. A revocation may have ended its use meanwhile; what is sealed under it then
   * is due at once, as what a quick refresh seals too late.
   */
  public static final Duration KNOWN_FOR = Duration.ofSeconds(10);

  /** After how long a KMS that did not answer is asked again. */
  private static final Duration ASKED_AGAIN = Duration.ofSeconds(30);

  /**
   * The KMS key that encrypts now.
   *
   * @param kmsKey its ARN
   * @param at when KMS said so, in milliseconds since the epoch
   */
  private record Current(@Nullable String kmsKey, long at) {
    boolean isConfirmed(Duration within, long now) {
      return now >= at && now - at < within.toMillis();
    }
  }

  /** With the tenant: KMS has said of this tenant only that the key is its. */
  private record KeyId(String tenant, SdkBytes wrapped) {}

  /**
   * What a tenant's entries said.
   *
   * @param key the data key that they called for
   * @param revoked see {@link RefreshPlan#revoked}
   * @param readAt when they were read, in milliseconds since the epoch
   */
  record Known(DataKey key, Set<String> revoked, long readAt) {}

  private final KeyService service;
  private final LeastRecentlyUsed<KeyId, DataKey> remembered =
      new LeastRecentlyUsed<>(Sizing.REMEMBERED_KEYS);
  private final LeastRecentlyUsed<String, Known> ofTenants =
      new LeastRecentlyUsed<>(Sizing.REMEMBERED_KEYS);
  private final AtomicBoolean confirming = new AtomicBoolean();
  private volatile @Nullable Current current;
  private volatile long askedInVainAt;

  public TenantKeys(KeyService service) {
    this.service = service;
  }

  /**
   * The tenant's data key, asked for at the first {@code get}: at most one call to KMS, even if
   * many threads seal. One that failed is not repeated either: every credential of the tenant fails
   * with it.
   *
   * @param entries all the tenant's entries
   * @param readAt a time before they were read
   * @param within how long ago KMS may have said which KMS key is the current one
   */
  Supplier<DataKey> lazily(
      String tenant, List<Entry> entries, long readAt, long now, Duration within) {
    FutureTask<DataKey> task =
        new FutureTask<>(() -> {
          DataKey key = keyFor(tenant, entries, now, within);
          ofTenants.put(tenant, new Known(key, RefreshPlan.revoked(entries), readAt));
          return key;
        });
    return () -> {
      // Does nothing but the first time.
      task.run();
      return Memo.result(task);
    };
  }

  /** Whether this process has had a data key of the tenant, and so an original to be sealed. */
  boolean knows(String tenant) {
    return ofTenants.get(tenant) != null;
  }

  /**
   * What a tenant's entries said a moment ago, with the data key for its next one, if neither that
   * entry nor KMS says anything else; null if one has to look at them again.
   *
   * @param entry the entry that is going to be replaced
   * @param within as of {@link #lazily}
   */
  @Nullable Known recent(Entry entry, long now, Duration within) {
    Known known = ofTenants.get(entry.id().tenant());
    if (known == null || now < known.readAt() || now - known.readAt() >= KNOWN_FOR.toMillis()) {
      return null;
    }
    DataKey key = known.key();
    SealedCredential sealed = entry.sealed();
    boolean isLatest = sealed == null || sealed.dataKeyCreatedAt() <= key.createdAt();
    boolean isInUse =
        key.createdAt() > Math.max(now - Lifetimes.DATA_KEY_AGE, endedUntil(List.of(entry)));
    return isLatest && isInUse && isUsable(key, now, within) ? known : null;
  }

  /** Forgets every key in clear. */
  public void clear() {
    remembered.clear();
    ofTenants.clear();
  }

  /**
   * Whether what is sealed is sealed under a data key that is this tenant's and the current KMS
   * key's.
   *
   * @throws KeepwarmException if KMS does not answer
   */
  public boolean isCurrent(String tenant, SealedCredential sealed, long now, Duration within) {
    DataKey known = remembered.get(new KeyId(tenant, sealed.dataKey()));
    if (known != null && isUsable(known, now, within)) {
      return true;
    }
    return unwrap(tenant, sealed, now) != null;
  }

  private DataKey keyFor(String tenant, List<Entry> entries, long now, Duration within) {
    SealedCredential newest = reusable(entries, now);
    if (newest == null) {
      return generate(tenant, now);
    }
    DataKey known = remembered.get(new KeyId(tenant, newest.dataKey()));
    DataKey usable =
        known == null
            ? unwrap(tenant, newest, now)
            : isUsable(known, now, within) ? known : confirm(tenant, newest, known, now);
    return usable == null ? generate(tenant, now) : usable;
  }

  private boolean isUsable(DataKey known, long now, Duration within) {
    Current last = current;
    return last != null
        && Objects.equals(last.kmsKey, known.kmsKey())
        && last.isConfirmed(within, now);
  }

  /** Unwraps a key that is known once more; null if it is not the current KMS key's any more. */
  private @Nullable DataKey confirm(
      String tenant, SealedCredential sealed, DataKey known, long now) {
    Current last = current;
    boolean isOfCurrent = last != null && Objects.equals(last.kmsKey, known.kmsKey());
    boolean askedJustNow = now >= askedInVainAt && now - askedInVainAt < ASKED_AGAIN.toMillis();
    if (isOfCurrent && (askedJustNow || !confirming.compareAndSet(false, true))) {
      return known;
    }
    try {
      return unwrap(tenant, sealed, now);
    } catch (KeepwarmException e) {
      if (!isOfCurrent || e.code() == ErrorCode.DENIED) {
        throw e;
      }
      // Who has a key goes on with it while KMS does not answer.
      askedInVainAt = now;
      return known;
    } finally {
      if (isOfCurrent) {
        confirming.set(false);
      }
    }
  }

  private DataKey generate(String tenant, long now) {
    return remember(tenant, service.generate(tenant, now), now);
  }

  /** Null if it is not the current KMS key's, or not this tenant's: then it must not be used. */
  private @Nullable DataKey unwrap(String tenant, SealedCredential sealed, long now) {
    try {
      DataKey key = service.unwrap(tenant, sealed.dataKey(), sealed.dataKeyCreatedAt());
      return remember(tenant, key, now);
    } catch (WrongKeyException e) {
      return null;
    } catch (KeepwarmException e) {
      if (e.code() != ErrorCode.TAMPERED) {
        throw e;
      }
      return null;
    }
  }

  /** The entry with the newest data key that may still be used; null if there is none. Pure. */
  static @Nullable SealedCredential reusable(List<Entry> entries, long now) {
    long oldest = Math.max(now - Lifetimes.DATA_KEY_AGE, endedUntil(entries));
    SealedCredential newest = null;
    for (Entry entry : entries) {
      SealedCredential sealed = entry.sealed();
      if (sealed != null
          && sealed.dataKeyCreatedAt() > oldest
          && sealed.dataKeyCreatedAt() <= now + CLOCKS_APART
          && (newest == null || sealed.dataKeyCreatedAt() > newest.dataKeyCreatedAt())) {
        newest = sealed;
      }
    }
    return newest;
  }

  /** Data keys of the tenant made until then are not used again; negative if nothing is revoked. */
  static long endedUntil(List<Entry> entries) {
    long ended = -1;
    for (Entry entry : entries) {
      if (entry.revocation() != null) {
        ended = Math.max(ended, entry.revocation().at());
      }
    }
    return ended;
  }

  /** Whether something was sealed after a revocation under a data key that it had ended. */
  static boolean isSealedTooLate(SealedCredential sealed, long endedUntil) {
    return sealed.dataKeyCreatedAt() <= endedUntil && endedUntil < sealed.sealedAt();
  }

  private DataKey remember(String tenant, DataKey key, long now) {
    current = new Current(key.kmsKey(), now);
    remembered.put(new KeyId(tenant, key.wrapped()), key);
    return key;
  }
}
