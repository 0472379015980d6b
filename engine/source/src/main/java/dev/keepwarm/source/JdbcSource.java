package dev.keepwarm.source;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceRow;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Originals in any database that has a JDBC driver; the queries are configuration. A tenant is read
 * by one statement, and an answer that breaks off is none. Thread-safe.
 */
final class JdbcSource implements Source, AutoCloseable {
  private final JdbcSettings settings;
  private final Logins logins;
  private final ConnectionPool connections;

  JdbcSource(JdbcSettings settings, Logins logins, ConnectionPool connections) {
    this.settings = settings;
    this.logins = logins;
    this.connections = connections;
  }

  /** On the driver for the URL. */
  static JdbcSource of(JdbcSettings settings, Logins logins) {
    return new JdbcSource(
        settings,
        logins,
        new ConnectionPool(
            new JdbcConnector(JdbcConnector.driver(settings.url()), settings, logins),
            Dialect.of(settings.url()),
            settings.connections(),
            settings.connectTimeout(),
            System::nanoTime));
  }

  @Override
  public List<SourceRow> readTenant(String tenant) {
    return connections.use(
        "cannot run KEEPWARM_JDBC_QUERY",
        connection -> {
          try (PreparedStatement statement = prepare(connection, settings.query())) {
            statement.setMaxRows(JdbcRows.MAX + 1);
            statement.setString(1, tenant);
            try (ResultSet results = statement.executeQuery()) {
              return JdbcRows.read(tenant, results);
            }
          }
        });
  }

  @Override
  public TenantPage tenants(@Nullable String from, int limit) {
    String query = settings.tenantsQuery();
    if (query == null) {
      throw Invalid.configuration(
          "KEEPWARM_JDBC_TENANTS_QUERY: not set; to do without it set KEEPWARM_DISCOVER_EVERY to 0");
    }
    return connections.use(
        "cannot run KEEPWARM_JDBC_TENANTS_QUERY",
        connection -> {
          try (PreparedStatement statement = prepare(connection, query)) {
            // Nothing sorts before the empty text.
            statement.setString(1, from == null ? "" : from);
            statement.setInt(2, limit);
            try (ResultSet results = statement.executeQuery()) {
              return page(from, limit, results);
            }
          }
        });
  }

  /** Forgets the login and closes idle connections. */
  void clear() {
    connections.clear();
    logins.clear();
  }

  @Override
  public void close() {
    connections.close();
  }

  private PreparedStatement prepare(Connection connection, String query) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(query);
    try {
      Duration timeout = settings.queryTimeout();
      statement.setQueryTimeout((int) Math.ceilDiv(timeout.toMillis(), 1000));
      return statement;
    } catch (SQLException e) {
      statement.close();
      throw e;
    }
  }

  private static TenantPage page(@Nullable String from, int limit, ResultSet results)
      throws SQLException {
    Set<String> tenants = new LinkedHashSet<>();
    String last = null;
    int rows = 0;
    while (results.next()) {
      rows++;
      String tenant = results.getString(1);
      if (tenant == null) {
        continue;
      }
      last = tenant;
      if (CredentialId.isValidPart(tenant)) {
        tenants.add(tenant);
      }
    }
    if (rows < limit || last == null) {
      return new TenantPage(List.copyOf(tenants), null);
    }
    if (last.equals(from)) {
      throw Invalid.configuration(
          "KEEPWARM_JDBC_TENANTS_QUERY: does not go on after the last tenant of the page before");
    }
    return new TenantPage(List.copyOf(tenants), last);
  }
}
