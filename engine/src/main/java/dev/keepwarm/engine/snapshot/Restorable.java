package dev.keepwarm.engine.snapshot;

import java.util.function.Supplier;
import org.crac.Context;
import org.crac.Core;
import org.crac.Resource;
import org.jspecify.annotations.Nullable;

/**
 * Holds a resource with keys, credentials or connections, which must not be in a snapshot. It
 * closes the resource before the process is snapshotted, and makes a new one at the first use
 * afterwards. Thread-safe.
 *
 * <p>Before it closes the resource, it runs a primer, so that the snapshot contains the classes
 * that the first invocation needs. Without snapshots, none of this happens.
 *
 * @param <T> the type of the resource
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
   * Makes the resource at once, so that an error in it makes the start of the process fail, and
   * registers it for snapshots. The snapshot context holds only a weak reference to the result, so
   * the caller must keep a reference.
   *
   * @param factory makes the resource; called again after a snapshot
   * @param primer uses another one with made-up credentials; its exceptions are ignored
   */
  public static <T extends AutoCloseable> Restorable<T> of(Supplier<T> factory, Runnable primer) {
    return of(factory, primer, Core.getGlobalContext());
  }

  /** The same, registered with a given context. */
  static <T extends AutoCloseable> Restorable<T> of(
      Supplier<T> factory, Runnable primer, Context<Resource> snapshots) {
    Restorable<T> restorable = new Restorable<>(factory, primer);
    restorable.current = factory.get();
    snapshots.register(restorable);
    return restorable;
  }

  /** The current resource. */
  public T get() {
    T now = current;
    return now != null ? now : make();
  }

  @Override
  public void beforeCheckpoint(Context<? extends Resource> context) throws Exception {
    try {
      primer.run();
    } catch (Throwable e) {
      // Without priming, the first invocation is only slower. Errors are caught, too: if a class is
      // missing that only the primer uses, the snapshot and the deployment must not fail.
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
    // The first invocation makes the resource, with the credentials that are valid at that time.
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
