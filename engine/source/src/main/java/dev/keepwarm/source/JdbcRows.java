package dev.keepwarm.source;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.engine.SourceRow;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rows of {@code KEEPWARM_JDBC_QUERY}.
 *
 * @param tenant column with the tenant. It is required, because a database may compare texts
 *     loosely. {@code ACME} and {@code acme} would then be one tenant there but two copies of its
 *     credentials here, and the revocation of one would miss the other
 * @param binary whether the ciphertext is bytes
 * @param changed column with the time at which a row got its version; 0 if there is none
 * @param changedAs how to read that column; null if there is none
 */
record JdbcRows(
    int tenant,
    int name,
    int profile,
    int ciphertext,
    boolean binary,
    int version,
    JdbcVersion as,
    int changed,
    @Nullable JdbcVersion changedAs) {
  /** How many rows a tenant may have. With more, the query most likely lacks a tenant condition. */
  static final int MAX = 10_000;

  private static final Set<Integer> BINARY =
      Set.of(Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB);

  /**
   * All rows of a tenant.
   *
   * @throws KeepwarmException {@code INVALID_CONFIGURATION} if the results are not a tenant's
   *     originals
   */
  static List<SourceRow> read(String tenant, ResultSet results) throws SQLException {
    JdbcColumns named = new JdbcColumns("KEEPWARM_JDBC_QUERY", results.getMetaData());
    JdbcRows columns = of(named);
    Map<String, SourceRow> rows = new LinkedHashMap<>();
    int count = 0;
    while (results.next()) {
      count++;
      if (count > MAX) {
        throw named.invalid("returns more than " + MAX + " rows for one tenant");
      }
      if (!tenant.equals(results.getString(columns.tenant))) {
        throw named.invalid(
            "returns rows of another tenant; upper and lower case and blanks must match");
      }
      String name = results.getString(columns.name);
      if (name != null && CredentialId.isValidPart(name)) {
        SourceRow row = columns.row(new CredentialId(tenant, name), results);
        // It is not known which of the two rows is the credential.
        rows.merge(
            name, row, (one, other) -> new SourceRow.Unusable(one.id(), null, Failure.BAD_ROW));
      }
    }
    return List.copyOf(rows.values());
  }

  private static JdbcRows of(JdbcColumns columns) throws SQLException {
    int version = columns.required("version");
    JdbcVersion as = columns.version();
    int ciphertext = columns.required("ciphertext");
    int changed = columns.find("changed_at");
    JdbcVersion changedAs = changed == 0 ? null : columns.versionOf(changed);
    if (changed != 0 && (changedAs == null || !changedAs.isTime())) {
      throw columns.invalid("the column changed_at must be a timestamp");
    }
    return new JdbcRows(
        columns.required("tenant"),
        columns.required("name"),
        columns.required("profile"),
        ciphertext,
        BINARY.contains(columns.columns().getColumnType(ciphertext)),
        version,
        as,
        changed,
        changedAs);
  }

  private SourceRow row(CredentialId id, ResultSet results) throws SQLException {
    Long number = as.read(results, version);
    String profileName = results.getString(profile);
    String original = original(results);
    Long micros = changedAs == null ? null : changedAs.read(results, changed);
    Long changedAt = micros == null ? null : Long.valueOf(micros / 1000);
    return number == null || profileName == null || original == null
        ? new SourceRow.Unusable(id, number, Failure.BAD_ROW, changedAt)
        : new SourceRow.Original(id, profileName, original, number, changedAt);
  }

  private @Nullable String original(ResultSet results) throws SQLException {
    if (!binary) {
      return results.getString(ciphertext);
    }
    byte[] bytes = results.getBytes(ciphertext);
    return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
  }
}
