package dev.keepwarm.source;

import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Results like a driver's, for databases that are not available here. Not thread-safe. */
final class FakeResults {
  private final List<Column> columns = new ArrayList<>();
  private final List<Object[]> rows = new ArrayList<>();
  private int failAt = -1;
  private int at = -1;

  private record Column(String label, int type, String typeName) {}

  FakeResults column(String label, int type, String typeName) {
    columns.add(new Column(label, type, typeName));
    return this;
  }

  FakeResults row(Object... values) {
    rows.add(values);
    return this;
  }

  /** Lets the answer break off before the next row that is added. */
  FakeResults thenFail() {
    failAt = rows.size();
    return this;
  }

  ResultSet results() {
    return proxy(
        ResultSet.class,
        (method, arguments) ->
            switch (method) {
              case "getMetaData" -> metaData();
              case "next" -> {
                at++;
                if (at == failAt) {
                  throw new SQLException("broken", "08006");
                }
                yield at < rows.size();
              }
              case "getString" -> (String) value(arguments);
              case "getBytes" -> (byte[]) value(arguments);
              case "getBigDecimal" -> (BigDecimal) value(arguments);
              case "getObject" -> ((Class<?>) arguments[1]).cast(value(arguments));
              default -> throw new AssertionError(method);
            });
  }

  private Object value(Object[] arguments) {
    return rows.get(at)[(int) arguments[0] - 1];
  }

  private ResultSetMetaData metaData() {
    return proxy(
        ResultSetMetaData.class,
        (method, arguments) ->
            switch (method) {
              case "getColumnCount" -> columns.size();
              case "getColumnLabel" -> columns.get((int) arguments[0] - 1).label();
              case "getColumnType" -> columns.get((int) arguments[0] - 1).type();
              case "getColumnTypeName" -> columns.get((int) arguments[0] - 1).typeName();
              default -> throw new AssertionError(method);
            });
  }

  /** The result of a method. */
  private interface Answers {
    Object to(String method, Object[] arguments) throws SQLException;
  }

  private static <T> T proxy(Class<T> type, Answers answers) {
    return type.cast(
        Proxy.newProxyInstance(
            FakeResults.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> answers.to(method.getName(), arguments)));
  }
}
