package dev.keepwarm.decryptor.refresh;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A bounded map that evicts the least recently used entry. Thread-safe. */
final class LeastRecentlyUsed<K, V> {
  private final Map<K, V> values;

  /** Keeps at most {@code most} values. */
  LeastRecentlyUsed(int most) {
    this.values =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > most;
          }
        };
  }

  @Nullable V get(K key) {
    synchronized (values) {
      return values.get(key);
    }
  }

  void put(K key, V value) {
    synchronized (values) {
      values.put(key, value);
    }
  }

  void clear() {
    synchronized (values) {
      values.clear();
    }
  }
}
