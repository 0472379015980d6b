package dev.keepwarm.jdbc;

import java.sql.SQLException;

/**
 * A function that uses a login.
 *
 * @param <T> the type of the result
 */
@FunctionalInterface
public interface LoginUse<T> {
  /**
   * Uses a login. It may be called again, with a newer login.
   *
   * @throws SQLException if it failed; {@link LoginSource#use} says which exceptions count as a
   *     rejected login
   */
  T apply(DatabaseLogin login) throws SQLException;
}
