package dev.keepwarm.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Consumer;
import javax.sql.DataSource;

/** A data source that reports rejected logins. Thread-safe, if the target is. */
final class WatchedDataSource extends ForwardingDataSource {
  private final Consumer<DatabaseLogin> rejections;

  WatchedDataSource(DataSource target, Consumer<DatabaseLogin> rejections) {
    super(target);
    this.rejections = rejections;
  }

  @Override
  public Connection getConnection() throws SQLException {
    return target().getConnection();
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    try {
      return target().getConnection(user, password);
    } catch (SQLException e) {
      if (RejectedLogins.STANDARD.test(e)) {
        rejections.accept(new DatabaseLogin(user, password));
      }
      throw e;
    }
  }
}
