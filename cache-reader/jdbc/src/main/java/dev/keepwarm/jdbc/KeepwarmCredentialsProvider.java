package dev.keepwarm.jdbc;

import com.zaxxer.hikari.HikariCredentialsProvider;
import com.zaxxer.hikari.util.Credentials;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A credentials provider of HikariCP 7, for a pool that must have its own data source. Thread-safe.
 *
 * <p>HikariCP does not tell a provider that a login was rejected. So the pool's data source is
 * watched: a login that it saw rejected is fetched past all caches when the pool asks next, which
 * it does at its next attempt.
 *
 * <pre>{@code
 * var provider = new KeepwarmCredentialsProvider(login);
 * config.setDataSource(provider.watching(driversDataSource));
 * config.setCredentialsProvider(provider);
 * }</pre>
 *
 * <p>{@link KeepwarmDataSource} does both in one, and works with every pool.
 */
public final class KeepwarmCredentialsProvider implements HikariCredentialsProvider {
  private final LoginSource source;
  private final AtomicReference<@Nullable DatabaseLogin> rejected = new AtomicReference<>();

  /** A provider of the source's logins. */
  public KeepwarmCredentialsProvider(LoginSource source) {
    this.source = source;
  }

  /**
   * The current login.
   *
   * @throws IllegalStateException if the reader does not have it; the pool tries again
   */
  @Override
  public Credentials getCredentials() {
    DatabaseLogin bad = rejected.getAndSet(null);
    try {
      DatabaseLogin login = bad == null ? source.login() : newerThan(bad);
      return Credentials.of(login.user(), login.password());
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** The same data source, whose rejections this provider hears of. */
  public DataSource watching(DataSource target) {
    return new WatchedDataSource(target, this::noteRejection);
  }

  private void noteRejection(DatabaseLogin login) {
    rejected.set(login);
  }

  /** What follows a rejected login, or that one again if nothing does: the database will say. */
  private DatabaseLogin newerThan(DatabaseLogin bad) throws SQLException {
    try {
      return source.use(login -> {
        if (login.equals(bad)) {
          throw new SQLException("the login was rejected", "28000");
        }
        return login;
      });
    } catch (SQLException e) {
      if (RejectedLogins.STANDARD.test(e)) {
        return bad;
      }
      throw e;
    }
  }
}
