package dev.keepwarm.jdbc;

import java.sql.SQLException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whether a database did not accept user and password. True for SQLState class 28 (PostgreSQL,
 * MySQL's and MariaDB's error 1045, Db2, H2), of SQL Server's errors 18456 (login failed), 18487
 * (password expired) and 18488 (password must be changed), and of Oracle's ORA-01017.
 */
final class RejectedLogins implements Predicate<SQLException> {
  static final RejectedLogins STANDARD = new RejectedLogins();

  /** How many causes are checked. A limit is necessary because causes may form a cycle. */
  private static final int MAX_CAUSES = 10;

  private RejectedLogins() {}

  @Override
  public boolean test(SQLException exception) {
    Throwable cause = exception;
    for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
      if (cause instanceof SQLException sql && isRejected(sql)) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  private static boolean isRejected(SQLException exception) {
    String state = state(exception.getSQLState());
    return state.startsWith("28")
        || switch (exception.getErrorCode()) {
          // SQL Server's driver has SQLStates of its own, such as S0001.
          case 18456, 18487, 18488 -> true;
          // MySQL uses error 1017 for something else, with another state.
          case 1017 -> state.equals("72000");
          default -> false;
        };
  }

  private static String state(@Nullable String state) {
    return state == null ? "" : state;
  }
}
