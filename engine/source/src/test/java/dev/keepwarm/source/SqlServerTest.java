package dev.keepwarm.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Environment;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.engine.SourceRow;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.Driver;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tests of SQL Server without its server: its driver, and results as the driver returns them. */
final class SqlServerTest {
  private static final String URL =
      "jdbc:sqlserver://db.example:1433;databaseName=hr;encrypt=true;"
          + "sendStringParametersAsUnicode=false";
  private static final CredentialId ID = new CredentialId("acme", "a");

  @Test
  void theDriverIsFoundByItsUrl() {
    Driver driver = JdbcConnector.driver(URL);

    assertThat(driver.getClass().getName()).contains("sqlserver");
    assertThat(Dialect.of(URL)).isEqualTo(Dialect.SQL_SERVER);
  }

  @Test
  void theDriverKnowsThePropertiesThatBoundConnecting() throws SQLException {
    var properties = Dialect.SQL_SERVER.connectProperties(URL, Duration.ofMillis(1500));

    assertThat(properties)
        .containsEntry("loginTimeout", "2")
        .containsEntry("socketTimeout", "1500")
        .containsEntry("applicationName", "keepwarm");
    DriverPropertyInfo[] known = JdbcConnector.driver(URL).getPropertyInfo(URL, properties);
    Map<String, String> values =
        Arrays.stream(known)
            .filter(info -> properties.containsKey(info.name))
            .collect(java.util.stream.Collectors.toMap(info -> info.name, info -> info.value));
    assertThat(values).isEqualTo(properties);
  }

  @Test
  void whatTheUrlSaysHasPrecedence() {
    assertThat(
            Dialect.SQL_SERVER.connectProperties(URL + ";LoginTimeout=9", Duration.ofMillis(1500)))
        .doesNotContainKey("loginTimeout")
        .containsKey("socketTimeout");
  }

  @Test
  void aServerThatDoesNotAnswerTimesOut() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        JdbcSource source = source(silent.getLocalPort())) {
      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> source.readTenant("acme"))
          .returns(ErrorCode.TIMEOUT, KeepwarmException::code);
    }
  }

  @Test
  void aServerThatIsNotThereIsUnavailable() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    try (JdbcSource source = source(port)) {
      // The driver tries again until its login timeout, so that either may come first.
      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> source.readTenant("acme"))
          .satisfies(e -> assertThat(e.code()).isIn(ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT));
    }
  }

  @Test
  void aRowVersionIsAVersion() throws SQLException {
    assertThat(read(Types.BINARY, "timestamp", HexFormat.of().parseHex("00000000000007d1")))
        .isEqualTo(new SourceRow.Original(ID, "legacy", "x", 2001));
    assertThat(read(Types.BINARY, "timestamp", HexFormat.of().parseHex("001fffffffffffff")))
        .isEqualTo(new SourceRow.Original(ID, "legacy", "x", (1L << 53) - 1));
    for (String none : List.of("0020000000000000", "ffffffffffffffff", "07d1", "")) {
      assertThat(read(Types.BINARY, "timestamp", HexFormat.of().parseHex(none)))
          .as(none)
          .isEqualTo(new SourceRow.Unusable(ID, null, Failure.BAD_ROW));
    }
  }

  @Test
  void timestampsAreVersions() throws SQLException {
    LocalDateTime time = LocalDateTime.parse("2026-01-02T03:04:05.0001239");

    assertThat(read(Types.TIMESTAMP, "datetime2", time))
        .isEqualTo(new SourceRow.Original(ID, "legacy", "x", 1767323045000123L));
    assertThat(
            read(-155, "datetimeoffset", OffsetDateTime.parse("2026-01-02T05:04:05.0001239+02:00")))
        .isEqualTo(new SourceRow.Original(ID, "legacy", "x", 1767323045000123L));
    assertThat(read(Types.TIMESTAMP, "datetime2", LocalDateTime.parse("9999-12-31T23:59:59")))
        .as("beyond the greatest version")
        .isEqualTo(new SourceRow.Unusable(ID, null, Failure.BAD_ROW));
  }

  @Test
  void varbinaryCiphertextsBecomeBase64() throws SQLException {
    FakeResults results =
        new FakeResults()
            .column("Name", Types.NVARCHAR, "nvarchar")
            .column("Profile", Types.VARCHAR, "varchar")
            .column("Ciphertext", Types.VARBINARY, "varbinary")
            .column("Version", Types.BIGINT, "bigint")
            .column("Tenant", Types.VARCHAR, "varchar")
            .row("a", "legacy", new byte[] {0, -1}, java.math.BigDecimal.ONE, "acme")
            .row("b", "legacy", null, java.math.BigDecimal.ONE, "acme");

    assertThat(JdbcRows.read("acme", results.results()))
        .containsExactly(
            new SourceRow.Original(ID, "legacy", "AP8=", 1),
            new SourceRow.Unusable(new CredentialId("acme", "b"), 1L, Failure.BAD_ROW));
  }

  @Test
  void anAnswerThatBreaksOffIsNone() {
    FakeResults results =
        columns(Types.BIGINT, "bigint")
            .row("a", "legacy", "x", java.math.BigDecimal.ONE, "acme")
            .thenFail()
            .row("b", "legacy", "x", java.math.BigDecimal.ONE, "acme");

    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> JdbcRows.read("acme", results.results()));
  }

  private static SourceRow read(int type, String typeName, Object version) throws SQLException {
    FakeResults results = columns(type, typeName).row("a", "legacy", "x", version, "acme");
    return JdbcRows.read("acme", results.results()).getFirst();
  }

  private static FakeResults columns(int versionType, String versionTypeName) {
    return new FakeResults()
        .column("name", Types.NVARCHAR, "nvarchar")
        .column("profile", Types.VARCHAR, "varchar")
        .column("ciphertext", Types.NVARCHAR, "nvarchar")
        .column("version", versionType, versionTypeName)
        .column("tenant", Types.NVARCHAR, "nvarchar");
  }

  private static JdbcSource source(int port) {
    return JdbcSource.of(
        JdbcSettings.of(
            new Environment(
                Map.of(
                    "KEEPWARM_JDBC_URL", "jdbc:sqlserver://127.0.0.1:" + port + ";encrypt=false",
                    "KEEPWARM_JDBC_QUERY", "SELECT * FROM dbo.Credentials WHERE tenant = ?",
                    "KEEPWARM_JDBC_CONNECT_TIMEOUT", "1s"))),
        Logins.of(() -> new Login("keepwarm", "invented")));
  }
}
