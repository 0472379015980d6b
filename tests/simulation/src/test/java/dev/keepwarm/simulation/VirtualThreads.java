package dev.keepwarm.simulation;

import java.lang.reflect.Constructor;
import java.util.concurrent.Executor;

/**
 * Virtual threads with a custom carrier. The JDK has a constructor for this in its own tests; the
 * module's {@code --add-opens} gives access to it.
 */
final class VirtualThreads {
  private static final Constructor<? extends Thread.Builder.OfVirtual> BUILDER = builder();

  private VirtualThreads() {}

  /** A builder of virtual threads that run on {@code carrier}. */
  static Thread.Builder.OfVirtual on(Executor carrier) {
    try {
      return BUILDER.newInstance(carrier);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Constructor<? extends Thread.Builder.OfVirtual> builder() {
    try {
      Constructor<? extends Thread.Builder.OfVirtual> constructor =
          Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder")
              .asSubclass(Thread.Builder.OfVirtual.class)
              .getDeclaredConstructor(Executor.class);
      constructor.setAccessible(true);
      return constructor;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("another JDK than the one this was written for", e);
    }
  }
}
