package dev.keepwarm.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import javax.sql.DataSource;

/**
 * A data source whose user and password are a credential of Keepwarm. Give it to a pool as the
 * source of its connections. As thread-safe as the data source below.
 *
 * <p>Each connection is opened with the reader's current login. If the database rejects the login,
 * this data source fetches it again, bypassing all caches, and retries the connection once within
 * the same call. So a pool does not notice a rotation: existing connections continue, and new ones
 * use the new password.
 */
public final class KeepwarmDataSource extends ForwardingDataSource {
  private final LoginSource login;

  private KeepwarmDataSource(DataSource target, LoginSource login) {
    super(target);
    this.login = login;
  }

  /**
   * Wraps a data source that takes a user and a password: a driver's own data source, not a pool.
   *
   * @param target has neither user nor password set
   */
  public static KeepwarmDataSource of(DataSource target, LoginSource login) {
    return new KeepwarmDataSource(target, login);
  }

  /** Connects to a URL without user and password, with {@link java.sql.DriverManager}. */
  public static KeepwarmDataSource of(String url, LoginSource login) {
    return of(url, new Properties(), login);
  }

  /** Connects to a URL without user and password, with properties of the driver. */
  public static KeepwarmDataSource of(String url, Properties properties, LoginSource login) {
    return new KeepwarmDataSource(new UrlDataSource(url, properties), login);
  }

  @Override
  public Connection getConnection() throws SQLException {
    return login.use(current -> target().getConnection(current.user(), current.password()));
  }

  /** Always throws: user and password come from Keepwarm. */
  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException(
        "user and password come from Keepwarm; do not set them in the pool");
  }
}
