package dev.keepwarm.source;

/** A user of a database. */
record Login(String user, String password) {
  @Override
  public String toString() {
    return "Login[redacted]";
  }
}
