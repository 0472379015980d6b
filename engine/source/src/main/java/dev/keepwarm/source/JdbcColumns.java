package dev.keepwarm.source;

import dev.keepwarm.core.KeepwarmException;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The columns of a query's results.
 *
 * @param setting the variable with the query
 */
record JdbcColumns(String setting, ResultSetMetaData columns) {
  /** The number of a column, from 1; 0 if there is no column with that name. */
  int find(String name) throws SQLException {
    for (int column = 1; column <= columns.getColumnCount(); column++) {
      if (columns.getColumnLabel(column).equalsIgnoreCase(name)) {
        return column;
      }
    }
    return 0;
  }

  /**
   * The number of a column, from 1.
   *
   * @throws KeepwarmException {@code INVALID_CONFIGURATION} if there is no column with that name
   */
  int required(String name) throws SQLException {
    int column = find(name);
    if (column == 0) {
      throw invalid("returns no column " + name);
    }
    return column;
  }

  /** How to read a version from a column; null if the column's type is not suitable. */
  @Nullable JdbcVersion versionOf(int column) throws SQLException {
    return JdbcVersion.of(columns.getColumnType(column), columns.getColumnTypeName(column));
  }

  /**
   * How to read the column {@code version}.
   *
   * @throws KeepwarmException {@code INVALID_CONFIGURATION} if it is missing or its type is not
   *     suitable
   */
  JdbcVersion version() throws SQLException {
    JdbcVersion as = versionOf(required("version"));
    if (as == null) {
      throw invalid("the column version must be a whole number, row version or timestamp");
    }
    return as;
  }

  KeepwarmException invalid(String problem) {
    return Invalid.configuration(setting + ": " + problem);
  }
}
