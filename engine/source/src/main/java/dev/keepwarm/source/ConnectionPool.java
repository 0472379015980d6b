package dev.keepwarm.source;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps connections open between calls. Thread-safe; no lock is held during calls to the database.
 *
 * <p>It is made for functions that are frozen between invocations. So it has no threads that keep
 * connections alive or retire them: they would not run during a freeze. Instead it checks a
 * connection when it is taken. After a short idle time it asks the database whether the connection
 * is alive, and after a long idle time it closes the connection without asking. See {@code
 * docs/decisions/0016-a-jdbc-pool-of-our-own.md}.
 */
final class ConnectionPool implements AutoCloseable {
  /** Idle for longer than this, a connection is checked before it is used again. */
  static final Duration TRUSTED = Duration.ofSeconds(1);

  /** Idle for longer than this, a connection is closed: a firewall may have forgotten it. */
  static final Duration KEPT = Duration.ofMinutes(4);

  private static final int CHECK_SECONDS = 2;

  private final Supplier<Connection> connector;
  private final Dialect dialect;
  private final Duration patience;
  private final LongSupplier ticker;
  private final Semaphore places;
  private final Object lock = new Object();
  private final Deque<Idle> idle = new ArrayDeque<>();
  private boolean closed;

  /** A connection that is idle since {@code nanos} by the ticker. */
  private record Idle(Connection connection, long nanos) {}

  /** A use of a connection. */
  @FunctionalInterface
  interface Work<T> {
    T with(Connection connection) throws SQLException;
  }

  /**
   * A pool.
   *
   * @param connector opens connections
   * @param size the maximum number of connections, idle and in use
   * @param patience how long to wait for a connection
   * @param ticker elapsed nanoseconds
   */
  ConnectionPool(
      Supplier<Connection> connector,
      Dialect dialect,
      int size,
      Duration patience,
      LongSupplier ticker) {
    this.connector = connector;
    this.dialect = dialect;
    this.patience = patience;
    this.ticker = ticker;
    this.places = new Semaphore(size, true);
  }

  /**
   * Runs {@code work} with a connection. If the work fails, the connection is closed.
   *
   * @param what the operation, for error messages
   * @throws KeepwarmException {@code UNAVAILABLE}, {@code DENIED}, {@code TIMEOUT} or {@code
   *     INVALID_CONFIGURATION}
   */
  <T> T use(String what, Work<T> work) {
    acquire();
    try {
      Connection connection = take();
      boolean sound = false;
      try {
        T result = work.with(connection);
        sound = true;
        return result;
      } catch (SQLException e) {
        throw JdbcErrors.translate(what, dialect, e);
      } finally {
        giveBack(connection, sound);
      }
    } finally {
      places.release();
    }
  }

  /** Closes idle connections. Connections in use stay open. */
  void clear() {
    List<Idle> closing;
    synchronized (lock) {
      closing = new ArrayList<>(idle);
      idle.clear();
    }
    closing.forEach(each -> close(each.connection()));
  }

  /** Closes idle connections now, and connections in use when they are given back. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
    }
    clear();
  }

  private void acquire() {
    try {
      if (places.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
    throw new KeepwarmException(
        ErrorCode.TIMEOUT, "all connections of KEEPWARM_JDBC_CONNECTIONS are in use");
  }

  private Connection take() {
    Idle candidate = pop();
    while (candidate != null) {
      long idleNanos = ticker.getAsLong() - candidate.nanos();
      if (idleNanos <= TRUSTED.toNanos()
          || (idleNanos <= KEPT.toNanos() && isValid(candidate.connection()))) {
        return candidate.connection();
      }
      close(candidate.connection());
      candidate = pop();
    }
    return connector.get();
  }

  private @Nullable Idle pop() {
    synchronized (lock) {
      return idle.pollFirst();
    }
  }

  private void giveBack(Connection connection, boolean sound) {
    if (sound) {
      synchronized (lock) {
        if (!closed) {
          // The most recently used connection is taken first, so that the others can grow old.
          idle.addFirst(new Idle(connection, ticker.getAsLong()));
          return;
        }
      }
    }
    close(connection);
  }

  private static boolean isValid(Connection connection) {
    try {
      return connection.isValid(CHECK_SECONDS);
    } catch (SQLException e) {
      return false;
    }
  }

  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // The connection is discarded anyway.
    }
  }
}
