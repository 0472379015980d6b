package dev.keepwarm.source;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.engine.TenantState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the rows of {@code KEEPWARM_JDBC_VERSIONS_QUERY}, of several tenants. */
final class JdbcVersions {
  /** How many rows a statement may return. */
  static final int MAX = 100_000;

  private JdbcVersions() {}

  /**
   * The states of some tenants.
   *
   * @throws KeepwarmException {@code INVALID_CONFIGURATION} if the results are not versions, or
   *     have rows of a tenant that was not asked for. A database that compares texts loosely
   *     returns such rows, and reading a single tenant would refuse them as well
   */
  static Map<String, TenantState> read(Set<String> tenants, ResultSet results) throws SQLException {
    JdbcColumns columns = new JdbcColumns(JdbcSettings.VERSIONS_QUERY, results.getMetaData());
    int tenantColumn = columns.required("tenant");
    int nameColumn = columns.required("name");
    int versionColumn = columns.required("version");
    JdbcVersion as = columns.version();
    Map<String, Map<String, @Nullable Long>> versions = new HashMap<>();
    tenants.forEach(tenant -> versions.put(tenant, new HashMap<>()));
    int count = 0;
    while (results.next()) {
      count++;
      if (count > MAX) {
        throw columns.invalid(
            "returns more than " + MAX + " rows for " + tenants.size() + " tenants");
      }
      Map<String, @Nullable Long> its = versions.get(results.getString(tenantColumn));
      if (its == null) {
        throw columns.invalid(
            "returns rows of another tenant; upper and lower case and blanks must match");
      }
      String name = results.getString(nameColumn);
      if (name != null && CredentialId.isValidPart(name)) {
        // As in JdbcRows: it is not known which of two rows is the credential.
        Long version = its.containsKey(name) ? null : as.read(results, versionColumn);
        its.put(name, version);
      }
    }
    Map<String, TenantState> states = new HashMap<>();
    versions.forEach((tenant, its) -> states.put(tenant, TenantState.ofVersions(its)));
    return states;
  }
}
