package dev.keepwarm.decryptor;

import dev.keepwarm.core.DataKey;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.KeyService;
import dev.keepwarm.core.Lifetimes;
import dev.keepwarm.core.SealedCredential;
import dev.keepwarm.core.WrongKeyException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * Which data key a tenant's next entries are sealed under: the newest one in its entries, until
 * that is 24 hours old or a credential of the tenant was revoked after it was made; then a new one.
 * Keys in clear are remembered, so that a process asks KMS once a tenant and key. Thread-safe.
 */
final class TenantKeys {
  private static final int REMEMBERED = 10_000;

  /**
   * How far the clock of whoever made a key may be ahead, in milliseconds. The age of a key is not
   * authenticated: one from the future was written by somebody else, who wants it used for ever.
   */
  private static final long CLOCKS_APART = 5 * 60_000;

  /** With the tenant: KMS has said of this tenant only that the key is its. */
  private record KeyId(String tenant, SdkBytes wrapped) {}

  private final KeyService service;
  private final Map<KeyId, DataKey> remembered = leastRecentlyUsed();

  TenantKeys(KeyService service) {
    this.service = service;
  }

  /**
   * The tenant's data key, asked for at the first {@code get}: at most one call to KMS, even if
   * many threads seal. One that failed is not repeated either: every credential of the tenant fails
   * with it.
   *
   * @param entries all the tenant's entries
   */
  Supplier<DataKey> lazily(String tenant, List<Entry> entries, long now) {
    FutureTask<DataKey> task = new FutureTask<>(() -> keyFor(tenant, entries, now));
    return () -> {
      // Does nothing but the first time.
      task.run();
      return Memo.result(task);
    };
  }

  /** Forgets every key in clear. */
  void clear() {
    synchronized (remembered) {
      remembered.clear();
    }
  }

  private DataKey keyFor(String tenant, List<Entry> entries, long now) {
    SealedCredential newest = reusable(entries, now);
    if (newest == null) {
      return remember(tenant, service.generate(tenant, now));
    }
    DataKey known = recall(new KeyId(tenant, newest.dataKey()));
    if (known != null) {
      return known;
    }
    try {
      return remember(tenant, service.unwrap(tenant, newest.dataKey(), newest.dataKeyCreatedAt()));
    } catch (WrongKeyException e) {
      // The alias points to another key by now. What is sealed from here on should be under that.
      return remember(tenant, service.generate(tenant, now));
    } catch (KeepwarmException e) {
      if (e.code() != ErrorCode.TAMPERED) {
        throw e;
      }
      // What is stored is not this tenant's key: nothing may be sealed under it.
      return remember(tenant, service.generate(tenant, now));
    }
  }

  /** The entry with the newest data key that may still be used; null if there is none. Pure. */
  static @Nullable SealedCredential reusable(List<Entry> entries, long now) {
    long oldest = now - Lifetimes.DATA_KEY_AGE;
    for (Entry entry : entries) {
      if (entry.revocation() != null) {
        oldest = Math.max(oldest, entry.revocation().at());
      }
    }
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

  private DataKey remember(String tenant, DataKey key) {
    synchronized (remembered) {
      remembered.put(new KeyId(tenant, key.wrapped()), key);
    }
    return key;
  }

  private @Nullable DataKey recall(KeyId id) {
    synchronized (remembered) {
      return remembered.get(id);
    }
  }

  private static Map<KeyId, DataKey> leastRecentlyUsed() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1;

      @Override
      protected boolean removeEldestEntry(Map.Entry<KeyId, DataKey> eldest) {
        return size() > REMEMBERED;
      }
    };
  }
}
