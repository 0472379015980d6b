package dev.keepwarm.decryptor.dotnet;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.function.Function;

/**
 * A cache of derived keys, by the salt in the value. Schemes without a salt have a single key,
 * under an empty salt. The cache is bounded and evicts the least recently used key. It returns
 * copies, so that wiping never affects a decryption in progress. Thread-safe; keys are derived
 * outside the lock, so two threads may derive the same key at the same time.
 */
final class DerivedKeys {

  private static final int MAX_KEPT = 256;

  private final Function<byte[], KeyMaterial> derivation;
  private final LinkedHashMap<ByteBuffer, KeyMaterial> kept = new LinkedHashMap<>(16, 0.75f, true);
  private long generation;

  DerivedKeys(Function<byte[], KeyMaterial> derivation) {
    this.derivation = derivation;
  }

  /** A copy of the keys for a salt; the caller closes it. */
  KeyMaterial forSalt(byte[] salt) {
    ByteBuffer id = ByteBuffer.wrap(salt);
    long begun;
    synchronized (kept) {
      KeyMaterial known = kept.get(id);
      if (known != null) {
        return known.copy();
      }
      begun = generation;
    }
    KeyMaterial derived = derivation.apply(salt);
    synchronized (kept) {
      // A key whose derivation began before a clear must not be cached after it.
      if (begun == generation && !kept.containsKey(id)) {
        kept.put(id, derived.copy());
        evict();
      }
    }
    return derived;
  }

  void clear() {
    synchronized (kept) {
      generation++;
      kept.values().forEach(KeyMaterial::close);
      kept.clear();
    }
  }

  int size() {
    synchronized (kept) {
      return kept.size();
    }
  }

  private void evict() {
    while (kept.size() > MAX_KEPT) {
      KeyMaterial eldest = kept.pollFirstEntry().getValue();
      eldest.close();
    }
  }
}
