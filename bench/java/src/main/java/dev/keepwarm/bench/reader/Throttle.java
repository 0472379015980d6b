package dev.keepwarm.bench.reader;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Limits a process to a share of one CPU, as Lambda does for functions with little memory. It stops
 * the process (SIGSTOP) whenever that has used more CPU time than its share, and continues it
 * (SIGCONT) when it has used less. If a busy machine gives it less, it can make up for at most a
 * tenth of a second. Needs no privilege. Linux only.
 */
final class Throttle implements AutoCloseable {
  private static final long LOOK_NANOS = 4_000_000;
  private static final double MOST_CREDIT_NANOS = 100_000_000;
  private static final int SIGSTOP = 19;
  private static final int SIGCONT = 18;
  private static final MethodHandle KILL = kill();

  private final ProcessHandle process;
  private final int pid;
  private final double share;
  private final Thread thread;
  private volatile boolean closed;

  private Throttle(Process process, double share) {
    this.process = process.toHandle();
    this.pid = Math.toIntExact(process.pid());
    this.share = share;
    this.thread = Thread.ofPlatform().name("throttle").daemon().unstarted(this::run);
  }

  /**
   * Begins to throttle.
   *
   * @param share the share of one CPU, above 0 and below 1
   */
  static Throttle of(Process process, double share) {
    Throttle throttle = new Throttle(process, share);
    throttle.thread.start();
    return throttle;
  }

  /** Lets the process run freely. */
  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.join();
  }

  private void run() {
    double credit = 0;
    long looked = System.nanoTime();
    long used = cpuNanos();
    boolean stopped = false;
    while (!closed) {
      LockSupport.parkNanos(LOOK_NANOS);
      long now = System.nanoTime();
      // A process that has ended has used nothing and refuses signals; close() comes soon.
      long usedNow = Math.max(used, cpuNanos());
      credit = Math.min(MOST_CREDIT_NANOS, credit + (now - looked) * share - (usedNow - used));
      looked = now;
      used = usedNow;
      if (stopped != credit < 0) {
        stopped = !stopped;
        signal(stopped ? SIGSTOP : SIGCONT);
      }
    }
    signal(SIGCONT);
  }

  private long cpuNanos() {
    return process.info().totalCpuDuration().map(Duration::toNanos).orElse(0L);
  }

  private void signal(int signal) {
    try {
      int unused = (int) KILL.invokeExact(pid, signal);
    } catch (Throwable e) {
      throw new IllegalStateException("kill(2) could not be called", e);
    }
  }

  private static MethodHandle kill() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().find("kill").orElseThrow(),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  }
}
