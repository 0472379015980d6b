package dev.keepwarm.local;

import dev.keepwarm.decryptor.DecryptorComposition;
import java.io.IOException;

/**
 * The decryptor that runs, which can be replaced while it is used: the old one is closed when
 * nobody uses it any more. Thread-safe.
 */
final class Decryptors implements AutoCloseable {
  private final Object lock = new Object();
  private Used current;

  Decryptors(DecryptorComposition first) {
    current = new Used(first);
  }

  /** Something to do with a decryptor. */
  @FunctionalInterface
  interface Work<T> {
    T apply(DecryptorComposition decryptor) throws IOException;
  }

  /** Does something with the one that runs now. */
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

  /** From now on another one runs. */
  void replace(DecryptorComposition next) {
    Used before;
    synchronized (lock) {
      before = current;
      current = new Used(next);
    }
    leave(before);
  }

  /** Closes the one that runs, whoever uses it. */
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

  /** A decryptor with how many use it; to be the one that runs is a use of it, too. */
  private static final class Used {
    private final DecryptorComposition composition;
    private int users = 1;

    Used(DecryptorComposition composition) {
      this.composition = composition;
    }
  }
}
