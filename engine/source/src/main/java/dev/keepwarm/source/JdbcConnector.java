package dev.keepwarm.source;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Opens connections, each within a deadline that does not rely on the driver. Thread-safe. */
final class JdbcConnector implements Supplier<Connection> {
  /** Added to the query's own timeout. If that did not end the query, the network is at fault. */
  private static final Duration NETWORK_RESERVE = Duration.ofSeconds(2);

  private final Driver driver;
  private final JdbcSettings settings;
  private final Dialect dialect;
  private final Logins logins;

  JdbcConnector(Driver driver, JdbcSettings settings, Logins logins) {
    this.driver = driver;
    this.settings = settings;
    this.dialect = Dialect.of(settings.url());
    this.logins = logins;
  }

  /**
   * The driver for a URL.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if none is on the class path
   */
  static Driver driver(String url) {
    // Not DriverManager, because its registry is process-wide and has other class loaders' drivers.
    for (Driver driver : ServiceLoader.load(Driver.class, JdbcConnector.class.getClassLoader())) {
      try {
        if (driver.acceptsURL(url)) {
          return driver;
        }
      } catch (SQLException e) {
        // Then it does not accept the URL.
      }
    }
    throw Invalid.configuration(
        "KEEPWARM_JDBC_URL: no JDBC driver on the class path accepts it; see docs/sources.md");
  }

  /** Opens a connection. If the database refuses the login, retries once with a new login. */
  @Override
  public Connection get() {
    Login login = logins.get();
    try {
      return open(login);
    } catch (KeepwarmException e) {
      Login renewed = login != null && e.code() == ErrorCode.DENIED ? logins.after(login) : null;
      if (renewed == null) {
        throw e;
      }
      return open(renewed);
    }
  }

  private Connection open(@Nullable Login login) {
    CompletableFuture<Connection> opened = new CompletableFuture<>();
    // Not a virtual thread: drivers initialise classes and hold locks while they wait for sockets.
    Thread unused =
        Thread.ofPlatform().daemon().name("jdbc-connect").start(() -> open(login, opened));
    try {
      return opened.get(settings.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return giveUp(opened, "cannot connect to the database: timed out");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return giveUp(opened, "interrupted");
    } catch (ExecutionException e) {
      String what = "cannot connect to the database";
      throw switch (e.getCause()) {
        case KeepwarmException known -> known;
        case SQLException sql -> JdbcErrors.translate(what, dialect, sql);
        case null, default ->
            new KeepwarmException(ErrorCode.UNAVAILABLE, what + ": the driver failed");
      };
    }
  }

  /** Runs on a thread of its own. Closes the connection if the caller no longer waits for it. */
  @SuppressWarnings("CatchingUnchecked") // Even a driver's missing class must end the waiting.
  private void open(@Nullable Login login, CompletableFuture<Connection> opened) {
    try {
      Connection connection = connect(login);
      if (!opened.complete(connection)) {
        connection.close();
      }
    } catch (Throwable e) {
      opened.completeExceptionally(e);
    }
  }

  private static Connection giveUp(CompletableFuture<Connection> opened, String message) {
    if (opened.cancel(false)) {
      throw new KeepwarmException(ErrorCode.TIMEOUT, message);
    }
    // The connection was opened at the last moment.
    return opened.join();
  }

  private Connection connect(@Nullable Login login) throws SQLException {
    Properties properties = dialect.connectProperties(settings.url(), settings.connectTimeout());
    if (login != null) {
      properties.setProperty("user", login.user());
      properties.setProperty("password", login.password());
    }
    Connection connection = driver.connect(settings.url(), properties);
    if (connection == null) {
      throw Invalid.configuration("KEEPWARM_JDBC_URL: the JDBC driver does not accept it");
    }
    try {
      prepare(connection);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private void prepare(Connection connection) throws SQLException {
    connection.setAutoCommit(true);
    connection.setReadOnly(true);
    if (settings.isolation() != JdbcSettings.Isolation.DEFAULT) {
      connection.setTransactionIsolation(settings.isolation().level());
    }
    try {
      connection.setNetworkTimeout(
          Runnable::run, (int) settings.queryTimeout().plus(NETWORK_RESERVE).toMillis());
    } catch (SQLFeatureNotSupportedException e) {
      // Then only the query's timeout applies.
    }
  }
}
