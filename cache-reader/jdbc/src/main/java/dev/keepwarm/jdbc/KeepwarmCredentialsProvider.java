package dev.keepwarm.jdbc;

import com.zaxxer.hikari.HikariCredentialsProvider;
import com.zaxxer.hikari.util.Credentials;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A credentials provider for HikariCP 7, for a pool that must have its own data source.
 * Thread-safe.
 *
 * <p>HikariCP does not tell a provider that a login was rejected. So the provider watches the
 * pool's data source. After a rejection, the pool asks for the login again at its next attempt, and
 * the provider then fetches it, bypassing all caches.
 *
 * <pre>{@code
 * var provider = new KeepwarmCredentialsProvider(login);
 * config.setDataSource(provider.watching(driversDataSource));
 * config.setCredentialsProvider(provider);
 * }</pre>
 *
 * <p>{@link KeepwarmDataSource} does both, and works with every pool.
 */
public final class KeepwarmCredentialsProvider implements HikariCredentialsProvider {
  private final LoginSource source;
  private final AtomicReference<@Nullable DatabaseLogin> rejected = new AtomicReference<>();

  /** A provider of the logins of this source. */
  public KeepwarmCredentialsProvider(LoginSource source) {
    this.source = source;
  }

  /**
   * The current login.
   *
   * @throws IllegalStateException if the reader does not have it; the pool retries
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

  /** Wraps a data source, so that this provider notices rejected logins. */
  public DataSource watching(DataSource target) {
    return new WatchedDataSource(target, this::noteRejection);
  }

  private void noteRejection(DatabaseLogin login) {
    rejected.set(login);
  }

  /**
   * The login after a rejected one. If there is no other, returns the same login, and the database
   * will reject it again.
   */
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
