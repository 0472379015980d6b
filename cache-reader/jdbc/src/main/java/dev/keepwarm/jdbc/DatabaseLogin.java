package dev.keepwarm.jdbc;

/**
 * Who logs into a database. Immutable; never prints the password.
 *
 * @param user the user
 * @param password the password
 */
public record DatabaseLogin(String user, String password) {
  /** The user; not the password. */
  @Override
  public String toString() {
    return "DatabaseLogin[" + user + ", redacted]";
  }
}
