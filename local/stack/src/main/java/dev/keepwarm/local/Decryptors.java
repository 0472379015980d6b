package dev.keepwarm.local;

import dev.keepwarm.decryptor.DecryptorComposition;
import java.io.IOException;

/**
 * The current decryptor, which can be replaced while it is in use. The old one is closed after its
 * last use. Thread-safe.
 */
final class Decryptors implements AutoCloseable {
  private final Object lock = new Object();
  private Used current;

  Decryptors(DecryptorComposition first) {
    current = new Used(first);
  }

  /** A use of a decryptor. */
  @FunctionalInterface
  interface Work<T> {
    T apply(DecryptorComposition decryptor) throws IOException;
  }

  /** Uses the current decryptor. */
  <T> T use(Work<T> work) throws IOException {
    Used used;
    synchronized (lock) {
      used = current;
      used.users++;
    }
    try {
      return work.apply(used.composition);
    } finally {
      leave(used);
    }
  }

  /** Replaces the current decryptor. */
  void replace(DecryptorComposition next) {
    Used before;
    synchronized (lock) {
      before = current;
      current = new Used(next);
    }
    leave(before);
  }

  /** Closes the current decryptor, even if it is in use. */
  @Override
  public void close() {
    synchronized (lock) {
      current.composition.close();
    }
  }

  private void leave(Used used) {
    synchronized (lock) {
      used.users--;
      if (used.users > 0) {
        return;
      }
    }
    used.composition.close();
  }

  /** A decryptor with its number of uses. Being the current one counts as a use. */
  private static final class Used {
    private final DecryptorComposition composition;
    private int users = 1;

    Used(DecryptorComposition composition) {
      this.composition = composition;
    }
  }
}
