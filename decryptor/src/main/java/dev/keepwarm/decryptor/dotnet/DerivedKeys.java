package dev.keepwarm.decryptor.dotnet;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.function.Function;

/**
 * Keys already derived, by the salt that stood in the value; schemes without one have a single key,
 * under an empty salt. Bounded: the least recently used goes first. What is handed out are copies,
 * so that wiping never pulls a key from under a decryption. Thread-safe; derives outside its lock,
 * so two threads may derive the same key at the same time.
 */
final class DerivedKeys {

  private static final int MAX_KEPT = 256;

  private final Function<byte[], KeyMaterial> derivation;
  private final LinkedHashMap<ByteBuffer, KeyMaterial> kept = new LinkedHashMap<>(16, 0.75f, true);
  private long generation;

  DerivedKeys(Function<byte[], KeyMaterial> derivation) {
    this.derivation = derivation;
  }

  /** A copy, which the caller closes. */
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
      // A key whose derivation began before a clear must not survive it here.
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
