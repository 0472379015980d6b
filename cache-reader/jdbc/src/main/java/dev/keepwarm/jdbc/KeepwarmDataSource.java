package dev.keepwarm.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import javax.sql.DataSource;

/**
 * Connections whose user and password are a credential of Keepwarm's. Give it to a pool as the data
 * source to get its connections from. Thread-safe, as the data source below is.
 *
 * <p>Each connection is made with the reader's current login. If the database rejects that, the
 * login is fetched past all caches and the connection is tried once more, within the same call. So
 * a pool never sees a rotation: connections that exist go on, and new ones have the new password.
 */
public final class KeepwarmDataSource extends ForwardingDataSource {
  private final LoginSource login;

  private KeepwarmDataSource(DataSource target, LoginSource login) {
    super(target);
    this.login = login;
  }

  /**
   * Connections of a data source that takes user and password: a driver's own, not a pool.
   *
   * @param target what has no user and no password set
   */
  public static KeepwarmDataSource of(DataSource target, LoginSource login) {
    return new KeepwarmDataSource(target, login);
  }

  /** Connections to a URL without user and password, by {@link java.sql.DriverManager}. */
  public static KeepwarmDataSource of(String url, LoginSource login) {
    return of(url, new Properties(), login);
  }

  /** The same, with properties of the driver. */
  public static KeepwarmDataSource of(String url, Properties properties, LoginSource login) {
    return new KeepwarmDataSource(new UrlDataSource(url, properties), login);
  }

  @Override
  public Connection getConnection() throws SQLException {
    return login.use(current -> target().getConnection(current.user(), current.password()));
  }

  /** Refuses: user and password come from Keepwarm. */
  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException(
        "user and password come from Keepwarm: set neither at the pool");
  }
}
