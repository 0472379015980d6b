package dev.keepwarm.engine.snapshot;

import java.util.function.Supplier;
import org.crac.Context;
import org.crac.Core;
import org.crac.Resource;
import org.jspecify.annotations.Nullable;

/**
 * Something that holds keys, credentials or connections and therefore must not be in a snapshot:
 * closed before the process is snapshotted, and made anew when it is first wanted afterwards.
 * Thread-safe.
 *
 * <p>Before that, a primer runs, so that the classes which the first invocation needs are in the
 * snapshot. Where nobody takes snapshots nothing of this happens.
 *
 * @param <T> what it is
 */
public final class Restorable<T extends AutoCloseable> implements Resource {
  private final Supplier<T> factory;
  private final Runnable primer;
  private volatile @Nullable T current;

  private Restorable(Supplier<T> factory, Runnable primer) {
    this.factory = factory;
    this.primer = primer;
  }

  /**
   * Makes it at once, so that what is wrong with it ends the process's start, and registers it for
   * snapshots. The context that snapshots keep holds it weakly: the caller has to hold it.
   *
   * @param factory makes one; called again after a snapshot
   * @param primer uses one that has made-up credentials; what it throws is of no interest
   */
  public static <T extends AutoCloseable> Restorable<T> of(Supplier<T> factory, Runnable primer) {
    return of(factory, primer, Core.getGlobalContext());
  }

  /** Registered with a given context. */
  static <T extends AutoCloseable> Restorable<T> of(
      Supplier<T> factory, Runnable primer, Context<Resource> snapshots) {
    Restorable<T> restorable = new Restorable<>(factory, primer);
    restorable.current = factory.get();
    snapshots.register(restorable);
    return restorable;
  }

  /** The present one. */
  public T get() {
    T now = current;
    return now != null ? now : make();
  }

  @Override
  public void beforeCheckpoint(Context<? extends Resource> context) throws Exception {
    try {
      primer.run();
    } catch (Throwable e) {
      // Then the first invocation is slower. Errors too: without a class that is only primed, the
      // snapshot would fail, and with it the deployment.
    }
    synchronized (this) {
      T closing = current;
      current = null;
      if (closing != null) {
        closing.close();
      }
    }
  }

  @Override
  public void afterRestore(Context<? extends Resource> context) {
    // The first invocation makes it, with the credentials that are there then.
  }

  private synchronized T make() {
    T now = current;
    if (now == null) {
      now = factory.get();
      current = now;
    }
    return now;
  }
}
