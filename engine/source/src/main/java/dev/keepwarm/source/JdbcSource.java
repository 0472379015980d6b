package dev.keepwarm.source;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.TenantState;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Originals in any database that has a JDBC driver; the queries are configuration. One statement
 * reads a tenant, and a partial answer counts as a failure. If a versions query is configured, one
 * statement compares names and versions of hundreds of tenants. Thread-safe.
 */
final class JdbcSource implements Source, AutoCloseable {
  /**
   * How many tenants one statement compares: more than a slot usually has, and far fewer than the
   * parameters that any database accepts.
   */
  static final int MOST_COMPARED = 256;

  private final JdbcSettings settings;
  private final Logins logins;
  private final ConnectionPool connections;

  JdbcSource(JdbcSettings settings, Logins logins, ConnectionPool connections) {
    this.settings = settings;
    this.logins = logins;
    this.connections = connections;
  }

  /** The source with the driver for the URL. */
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
  public TenantState.Depth depth() {
    return settings.versionsQuery() == null
        ? TenantState.Depth.ORIGINALS
        : TenantState.Depth.VERSIONS;
  }

  @Override
  public int comparedAtOnce() {
    return settings.versionsQuery() == null ? 1 : MOST_COMPARED;
  }

  @Override
  public Map<String, TenantState> compare(Set<String> tenants) {
    InList query = settings.versionsQuery();
    if (query == null) {
      return Source.super.compare(tenants);
    }
    Map<String, TenantState> states = new HashMap<>();
    for (Set<String> some : distinguished(tenants)) {
      states.putAll(compare(query, some));
    }
    return states;
  }

  private Map<String, TenantState> compare(InList query, Set<String> tenants) {
    // A power of two, with the last value repeated, so that there are few different statements and
    // the database knows them.
    int parameters = Integer.highestOneBit(2 * tenants.size() - 1);
    List<String> values = List.copyOf(tenants);
    return connections.use(
        "cannot run " + JdbcSettings.VERSIONS_QUERY,
        connection -> {
          try (PreparedStatement statement = prepare(connection, query.forValues(parameters))) {
            statement.setMaxRows(JdbcVersions.MAX + 1);
            for (int i = 0; i < parameters; i++) {
              statement.setString(i + 1, values.get(Math.min(i, values.size() - 1)));
            }
            try (ResultSet results = statement.executeQuery()) {
              return JdbcVersions.read(tenants, results);
            }
          }
        });
  }

  /**
   * Sets of at most {@link #MOST_COMPARED} tenants, in which no two differ by letter case alone. A
   * database that compares texts loosely would treat such tenants as one, and return the rows of
   * one for the other.
   */
  private static List<Set<String>> distinguished(Set<String> tenants) {
    List<Set<String>> sets = new ArrayList<>();
    Map<String, Integer> next = new HashMap<>();
    for (String tenant : tenants) {
      String letters = tenant.toLowerCase(Locale.ROOT);
      int at = next.getOrDefault(letters, 0);
      while (at < sets.size() && sets.get(at).size() >= MOST_COMPARED) {
        at++;
      }
      while (sets.size() <= at) {
        sets.add(new LinkedHashSet<>());
      }
      sets.get(at).add(tenant);
      next.put(letters, at + 1);
    }
    return sets;
  }

  @Override
  public TenantPage tenants(@Nullable String from, int limit) {
    String query = settings.tenantsQuery();
    if (query == null) {
      throw Invalid.configuration(
          "KEEPWARM_JDBC_TENANTS_QUERY: must be set, or KEEPWARM_DISCOVER_EVERY must be 0");
    }
    return connections.use(
        "cannot run KEEPWARM_JDBC_TENANTS_QUERY",
        connection -> {
          try (PreparedStatement statement = prepare(connection, query)) {
            // No tenant sorts before the empty string.
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
          "KEEPWARM_JDBC_TENANTS_QUERY: returns no tenants after the last one of the previous page");
    }
    return new TenantPage(List.copyOf(tenants), last);
  }
}
