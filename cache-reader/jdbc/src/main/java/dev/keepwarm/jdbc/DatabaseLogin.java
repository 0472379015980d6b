package dev.keepwarm.jdbc;

/**
 * The login of a database. Immutable; never prints the password.
 *
 * @param user the user
 * @param password the password
 */
public record DatabaseLogin(String user, String password) {
  /** The user, and not the password. */
  @Override
  public String toString() {
    return "DatabaseLogin[" + user + ", redacted]";
  }
}
