package dev.keepwarm.source;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns exceptions of JDBC drivers into a {@link KeepwarmException} with a stable code. It keeps
 * neither the message nor the exception itself, because databases put values into their messages.
 */
final class JdbcErrors {
  private static final int MAX_CAUSES = 10;

  /** SQLStates: PostgreSQL's "query cancelled", and the timeouts that come from ODBC. */
  private static final Set<String> TIMEOUTS = Set.of("57014", "HYT00", "HYT01", "HY008");

  private JdbcErrors() {}

  static KeepwarmException translate(String what, Dialect dialect, SQLException e) {
    String detail = what + ": SQLSTATE " + e.getSQLState();
    if (e.getErrorCode() != 0) {
      detail += ", vendor code " + e.getErrorCode();
    }
    return new KeepwarmException(code(dialect, e), detail);
  }

  private static ErrorCode code(Dialect dialect, SQLException e) {
    if (isTimeout(e)) {
      return ErrorCode.TIMEOUT;
    }
    if (dialect.isDenied(e)) {
      return ErrorCode.DENIED;
    }
    return dialect.isMistake(e) ? ErrorCode.INVALID_CONFIGURATION : ErrorCode.UNAVAILABLE;
  }

  private static boolean isTimeout(SQLException e) {
    String state = e.getSQLState();
    if (state != null && TIMEOUTS.contains(state)) {
      return true;
    }
    @Nullable Throwable cause = e;
    for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
      if (cause instanceof SQLTimeoutException || cause instanceof SocketTimeoutException) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }
}
