package dev.keepwarm.jdbc;

import java.sql.SQLException;

/**
 * What is done with a login.
 *
 * @param <T> the result
 */
@FunctionalInterface
public interface LoginUse<T> {
  /**
   * Uses a login. May run again with a newer one.
   *
   * @throws SQLException why it failed; see {@link LoginSource#use} for which failures the login is
   *     to blame
   */
  T apply(DatabaseLogin login) throws SQLException;
}
