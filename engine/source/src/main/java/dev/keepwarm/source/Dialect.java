package dev.keepwarm.source;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;

/** The differences between databases and their drivers that matter here. */
enum Dialect {
  POSTGRESQL(Set.of(), Set.of()),
  /** 18456, 4060: login failed; 229, 230, 916: no permission; others: unknown name or syntax. */
  SQL_SERVER(Set.of(18456, 4060, 229, 230, 916), Set.of(102, 137, 156, 207, 208)),
  /** 1044, 1045: login failed; 1142, 1143: no permission. Mistakes have standard SQLStates. */
  MYSQL(Set.of(1044, 1045, 1142, 1143), Set.of()),
  OTHER(Set.of(), Set.of());

  private final Set<Integer> denied;
  private final Set<Integer> mistakes;

  Dialect(Set<Integer> denied, Set<Integer> mistakes) {
    this.denied = denied;
    this.mistakes = mistakes;
  }

  static Dialect of(String url) {
    String lower = url.toLowerCase(Locale.ROOT);
    if (lower.startsWith("jdbc:postgresql:")) {
      return POSTGRESQL;
    }
    if (lower.startsWith("jdbc:sqlserver:")) {
      return SQL_SERVER;
    }
    return lower.startsWith("jdbc:mysql:") || lower.startsWith("jdbc:mariadb:") ? MYSQL : OTHER;
  }

  /**
   * Properties that make the driver itself stop connecting, so that no attempt continues long after
   * its deadline. Values in the URL take precedence.
   */
  Properties connectProperties(String url, Duration connectTimeout) {
    String seconds = Long.toString(Math.ceilDiv(connectTimeout.toMillis(), 1000));
    String millis = Long.toString(connectTimeout.toMillis());
    Properties properties = new Properties();
    switch (this) {
      case POSTGRESQL -> {
        properties.setProperty("connectTimeout", seconds);
        properties.setProperty("socketTimeout", seconds);
        properties.setProperty("ApplicationName", "keepwarm");
      }
      case SQL_SERVER -> {
        properties.setProperty("loginTimeout", seconds);
        properties.setProperty("socketTimeout", millis);
        properties.setProperty("applicationName", "keepwarm");
      }
      case MYSQL -> {
        properties.setProperty("connectTimeout", millis);
        properties.setProperty("socketTimeout", millis);
      }
      case OTHER -> {}
    }
    String lower = url.toLowerCase(Locale.ROOT);
    properties
        .stringPropertyNames()
        .forEach(name -> {
          if (lower.contains(name.toLowerCase(Locale.ROOT) + "=")) {
            properties.remove(name);
          }
        });
    return properties;
  }

  /** Whether the database refused the login or the permission. */
  boolean isDenied(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return state.startsWith("28") || state.equals("42501") || denied.contains(e.getErrorCode());
  }

  /** Whether the statement itself is wrong, so that it will never work. */
  boolean isMistake(SQLException e) {
    return String.valueOf(e.getSQLState()).startsWith("42") || mistakes.contains(e.getErrorCode());
  }
}
