package dev.keepwarm.reader;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A value that is made at its first use. Thread-safe. */
final class Lazy<T> {
  private final ReentrantLock lock = new ReentrantLock();
  private final Supplier<T> maker;
  private volatile @Nullable T value;

  Lazy(Supplier<T> maker) {
    this.maker = maker;
  }

  T get() {
    T known = value;
    if (known != null) {
      return known;
    }
    lock.lock();
    try {
      known = value;
      if (known == null) {
        known = maker.get();
        value = known;
      }
      return known;
    } finally {
      lock.unlock();
    }
  }

  /** Passes the value to {@code use}, if it was made. */
  void ifMade(Consumer<T> use) {
    T known = value;
    if (known != null) {
      use.accept(known);
    }
  }
}
