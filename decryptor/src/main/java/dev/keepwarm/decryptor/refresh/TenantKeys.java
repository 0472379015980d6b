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
 * Chooses the data key for a tenant's next entries. That is the newest one in its entries. A new
 * one is made when that is 24 hours old, when a credential of the tenant was revoked after it was
 * made, or when the key alias points to another KMS key. Keys in clear are remembered, so that a
 * process calls KMS once per tenant and key. Thread-safe.
 *
 * <p>To notice another KMS key, a process unwraps one data key again every few minutes: the next
 * one that it uses. KMS either names the current KMS key, and then all data keys remembered under
 * another one are useless; or it says that this data key does not belong to the current one.
 */
public final class TenantKeys {
  /**
   * How far ahead the clock of the process that made a key may be, in milliseconds. The age of a
   * key is not authenticated: a key from the future may be an attacker's attempt to have it used
   * for ever.
   */
  private static final long CLOCKS_APART = 5 * 60_000;

  /** How long it may take until a process notices that the alias points to another KMS key. */
  public static final Duration CONFIRMED_FOR = Duration.ofMinutes(5);

  /**
   * The same if a reader may have resolved because it cannot open an entry. It is shorter than the
   * time until a reader tries again, and long enough that many readers cause only one call.
   */
  public static final Duration CONFIRMED_FOR_A_READER = Duration.ofSeconds(5);

  /**
   * How long a process uses a tenant's data key without reading the tenant's entries. A revocation
   * may have ended the key's use meanwhile. An entry that is then sealed under it is due at once,
   * like an entry that a quick refresh seals too late.
   */
  public static final Duration KNOWN_FOR = Duration.ofSeconds(10);

  /** How long to wait before the next call after KMS did not answer. */
  private static final Duration ASKED_AGAIN = Duration.ofSeconds(30);

  /**
   * The current KMS key.
   *
   * @param kmsKey its ARN
   * @param at when KMS said so, in milliseconds since the epoch
   */
  private record Current(@Nullable String kmsKey, long at) {
    boolean isConfirmed(Duration within, long now) {
      return now >= at && now - at < within.toMillis();
    }
  }

  /** A wrapped key with its tenant: KMS confirms that a key belongs to one tenant only. */
  private record KeyId(String tenant, SdkBytes wrapped) {}

  /**
   * Facts from a tenant's entries.
   *
   * @param key the data key that follows from them
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
   * Supplies the tenant's data key, fetched at the first {@code get}. There is at most one call to
   * KMS, even if many threads seal. A failed call is not repeated either: every credential of the
   * tenant fails with it.
   *
   * @param entries all the tenant's entries
   * @param readAt a time before they were read
   * @param within how long ago KMS may have confirmed the current KMS key
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
      // Only the first call runs it.
      task.run();
      return Memo.result(task);
    };
  }

  /** Whether this process has used a data key of the tenant, and so has sealed something of it. */
  boolean knows(String tenant) {
    return ofTenants.get(tenant) != null;
  }

  /**
   * Recent facts from a tenant's entries, with the data key for the next one. Null if the entries
   * have to be read again, because the facts are too old or the entry or KMS contradicts them.
   *
   * @param entry the entry that is going to be replaced
   * @param within as in {@link #lazily}
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
   * Whether the credential is sealed under a data key that belongs to this tenant and to the
   * current KMS key.
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

  /** Unwraps a known key again; null if it does not belong to the current KMS key any more. */
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
      // A known key stays in use while KMS does not answer.
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

  /** Null if the key does not belong to the current KMS key and this tenant, and is unusable. */
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

  /** Data keys made up to this time are not used again; negative if nothing is revoked. */
  static long endedUntil(List<Entry> entries) {
    long ended = -1;
    for (Entry entry : entries) {
      if (entry.revocation() != null) {
        ended = Math.max(ended, entry.revocation().at());
      }
    }
    return ended;
  }

  /** Whether this was sealed after a revocation, under a data key that the revocation ended. */
  static boolean isSealedTooLate(SealedCredential sealed, long endedUntil) {
    return sealed.dataKeyCreatedAt() <= endedUntil && endedUntil < sealed.sealedAt();
  }

  private DataKey remember(String tenant, DataKey key, long now) {
    current = new Current(key.kmsKey(), now);
    remembered.put(new KeyId(tenant, key.wrapped()), key);
    return key;
  }
}
