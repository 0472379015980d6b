package dev.keepwarm.cli.console;

import dev.keepwarm.core.internal.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes periodic snapshots while there are viewers, and sends them to all viewers as server-sent
 * events. Without viewers it takes none. Thread-safe.
 */
final class LiveFeed implements AutoCloseable {
  /** The most viewers; each needs a thread and a connection. */
  static final int MOST_VIEWERS = 8;

  private final Supplier<Map<String, @Nullable Object>> snapshots;
  private final long everyNanos;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int viewers;
  private long number;
  private byte[] latest = new byte[0];
  private boolean closed;

  LiveFeed(Supplier<Map<String, @Nullable Object>> snapshots, Duration every) {
    this.snapshots = snapshots;
    this.everyNanos = every.toNanos();
    this.thread = Thread.ofPlatform().daemon().name("keepwarm-console-live").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /**
   * Sends new snapshots to one viewer until the viewer disconnects or the feed is closed.
   *
   * @throws IOException when the viewer has gone
   */
  void sendTo(OutputStream out) throws IOException, InterruptedException {
    long seen = enter();
    try {
      while (true) {
        byte[] event;
        lock.lockInterruptibly();
        try {
          while (number == seen && !closed) {
            changed.await();
          }
          if (closed) {
            return;
          }
          seen = number;
          event = latest;
        } finally {
          lock.unlock();
        }
        out.write(event);
        out.flush();
      }
    } finally {
      leave();
    }
  }

  /** Whether one more viewer is allowed. */
  boolean hasRoom() {
    lock.lock();
    try {
      return viewers < MOST_VIEWERS;
    } finally {
      lock.unlock();
    }
  }

  private long enter() {
    lock.lock();
    try {
      viewers++;
      changed.signalAll();
      // An earlier snapshot may be old, so the first viewer waits for the next one.
      return number;
    } finally {
      lock.unlock();
    }
  }

  private void leave() {
    lock.lock();
    try {
      viewers--;
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      while (awaitViewer()) {
        byte[] event = event();
        lock.lock();
        try {
          latest = event;
          number++;
          changed.signalAll();
          awaitNext();
        } finally {
          lock.unlock();
        }
      }
    } catch (InterruptedException e) {
      // The feed was closed.
      Thread.currentThread().interrupt();
    }
  }

  private boolean awaitViewer() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (viewers == 0 && !closed) {
        changed.await();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the next snapshot is due, even if viewers come and go meanwhile. */
  private void awaitNext() throws InterruptedException {
    long left = everyNanos;
    while (left > 0 && !closed) {
      left = changed.awaitNanos(left);
    }
  }

  private byte[] event() {
    String data;
    try {
      data = Json.write(snapshots.get());
    } catch (RuntimeException e) {
      // An unexpected exception's message may hold any content, so it is not sent.
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("failed", e.getClass().getSimpleName());
      data = Json.write(json);
    }
    return ("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    thread.interrupt();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
