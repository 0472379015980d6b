package dev.keepwarm.source;

import dev.keepwarm.core.internal.Environment;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the JDBC source. Immutable.
 *
 * @param url {@code KEEPWARM_JDBC_URL}, without a password
 * @param query {@code KEEPWARM_JDBC_QUERY}: columns tenant, name, profile, ciphertext and version;
 *     one parameter, the tenant
 * @param tenantsQuery {@code KEEPWARM_JDBC_TENANTS_QUERY}: the first column is the tenant; two
 *     parameters, the last tenant of the previous page and the number of tenants
 * @param versionsQuery {@code KEEPWARM_JDBC_VERSIONS_QUERY}: columns tenant, name and version;
 *     several tenants, which are the single parameter of an {@code IN (?)}
 * @param secret {@code KEEPWARM_JDBC_SECRET}: the secret with user and password
 * @param user {@code KEEPWARM_JDBC_USER}
 * @param passwordCiphertext {@code KEEPWARM_JDBC_PASSWORD_CIPHERTEXT}: KMS, base64
 * @param connections {@code KEEPWARM_JDBC_CONNECTIONS}: the maximum number of one process
 * @param connectTimeout {@code KEEPWARM_JDBC_CONNECT_TIMEOUT}
 * @param queryTimeout {@code KEEPWARM_JDBC_QUERY_TIMEOUT}
 * @param isolation {@code KEEPWARM_JDBC_ISOLATION}
 */
record JdbcSettings(
    String url,
    String query,
    @Nullable String tenantsQuery,
    @Nullable InList versionsQuery,
    @Nullable String secret,
    @Nullable String user,
    @Nullable String passwordCiphertext,
    int connections,
    Duration connectTimeout,
    Duration queryTimeout,
    Isolation isolation) {

  static final String VERSIONS_QUERY = "KEEPWARM_JDBC_VERSIONS_QUERY";

  /** A password as a property, or between a user and the host. */
  private static final Pattern PASSWORD =
      Pattern.compile("(?i)(password|passwd|pwd|accesstoken)\\s*=|[\\w.$-]+[:/][^@/:]+@");

  /** The levels of {@link java.sql.Connection#setTransactionIsolation}. */
  enum Isolation {
    /** The default of the database. */
    DEFAULT(0),
    READ_COMMITTED(java.sql.Connection.TRANSACTION_READ_COMMITTED),
    REPEATABLE_READ(java.sql.Connection.TRANSACTION_REPEATABLE_READ),
    SERIALIZABLE(java.sql.Connection.TRANSACTION_SERIALIZABLE),
    /** Exists only in SQL Server. */
    SNAPSHOT(4096);

    private final int level;

    Isolation(int level) {
      this.level = level;
    }

    int level() {
      return level;
    }
  }

  static JdbcSettings of(Environment env) {
    JdbcSettings settings =
        new JdbcSettings(
            required(env, "KEEPWARM_JDBC_URL"),
            required(env, "KEEPWARM_JDBC_QUERY"),
            env.optional("KEEPWARM_JDBC_TENANTS_QUERY"),
            versionsQuery(env.optional(VERSIONS_QUERY)),
            env.optional("KEEPWARM_JDBC_SECRET"),
            env.optional("KEEPWARM_JDBC_USER"),
            env.optional("KEEPWARM_JDBC_PASSWORD_CIPHERTEXT"),
            env.integer("KEEPWARM_JDBC_CONNECTIONS", 4, 1, 100),
            env.duration(
                "KEEPWARM_JDBC_CONNECT_TIMEOUT",
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                Duration.ofMinutes(1)),
            env.duration(
                "KEEPWARM_JDBC_QUERY_TIMEOUT",
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                Duration.ofMinutes(1)),
            env.choice("KEEPWARM_JDBC_ISOLATION", Isolation.DEFAULT));
    settings.check();
    return settings;
  }

  private void check() {
    if (!url.startsWith("jdbc:")) {
      throw Invalid.configuration("KEEPWARM_JDBC_URL: must begin with jdbc:");
    }
    if (PASSWORD.matcher(url).find()) {
      throw Invalid.configuration(
          "KEEPWARM_JDBC_URL: must not contain a password; put it into KEEPWARM_JDBC_SECRET or, encrypted, "
              + "into KEEPWARM_JDBC_PASSWORD_CIPHERTEXT");
    }
    if (!query.contains("?")) {
      throw Invalid.configuration(
          "KEEPWARM_JDBC_QUERY: must have a parameter (a question mark) for the tenant");
    }
    if (tenantsQuery != null && tenantsQuery.indexOf('?') == tenantsQuery.lastIndexOf('?')) {
      throw Invalid.configuration(
          "KEEPWARM_JDBC_TENANTS_QUERY: must have two parameters (question marks): the last tenant of the "
              + "previous page, and the maximum number of tenants");
    }
    if (secret != null && (user != null || passwordCiphertext != null)) {
      throw Invalid.configuration(
          "KEEPWARM_JDBC_SECRET: must not be combined with KEEPWARM_JDBC_USER and KEEPWARM_JDBC_PASSWORD_CIPHERTEXT");
    }
    if ((user == null) != (passwordCiphertext == null)) {
      throw Invalid.configuration(
          "KEEPWARM_JDBC_USER: must be set together with KEEPWARM_JDBC_PASSWORD_CIPHERTEXT");
    }
    if (passwordCiphertext != null) {
      try {
        Base64.getDecoder().decode(passwordCiphertext);
      } catch (IllegalArgumentException e) {
        throw Invalid.configuration("KEEPWARM_JDBC_PASSWORD_CIPHERTEXT: must be base64");
      }
    }
  }

  private static @Nullable InList versionsQuery(@Nullable String query) {
    InList list = query == null ? null : InList.of(query);
    if (query != null && list == null) {
      throw Invalid.configuration(
          VERSIONS_QUERY + ": must have one parameter, written IN (?), for the tenants");
    }
    return list;
  }

  private static String required(Environment env, String name) {
    String value = env.optional(name);
    if (value == null) {
      throw Invalid.configuration(name + ": must be set with KEEPWARM_SOURCE=jdbc");
    }
    return value;
  }
}
