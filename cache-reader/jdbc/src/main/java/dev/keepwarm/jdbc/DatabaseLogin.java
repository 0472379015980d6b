package dev.keepwarm.jdbc;

/**
 * The login of a database. Immutable. {@code toString} does not reveal the password.
 *
 * @param user the user
 * @param password the password
 */
public record DatabaseLogin(String user, String password) {
  /** The user; never the password. */
  @Override
  public String toString() {
    return "DatabaseLogin[" + user + ", redacted]";
  }
}
