package dev.keepwarm.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Environment;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceContract;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.TenantState;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;

/** The JDBC source on a real PostgreSQL. */
final class JdbcSourceTest extends SourceContract {
  private static final String QUERY =
      "SELECT tenant, name, profile, ciphertext, version FROM credentials WHERE tenant = ?";
  private static final String TENANTS =
      "SELECT DISTINCT tenant FROM credentials WHERE tenant > ? ORDER BY tenant LIMIT ?";

  private static final String VERSIONS =
      "SELECT tenant, name, version FROM credentials WHERE tenant IN (?)";

  private static Postgres postgres;

  private final List<JdbcSource> opened = new ArrayList<>();
  private final Map<String, String> variables = new HashMap<>();
  private Login login = new Login(Postgres.USER, Postgres.PASSWORD);
  private JdbcSource source;

  @BeforeAll
  static void startPostgres() throws Exception {
    postgres = Postgres.start();
    postgres.execute(
        "CREATE TABLE credentials (tenant text COLLATE \"C\", name text, profile text,"
            + " ciphertext text, version bigint, changed timestamptz)");
  }

  @AfterAll
  static void stopPostgres() throws Exception {
    if (postgres != null) {
      postgres.close();
    }
  }

  @BeforeEach
  void emptyTable() {
    postgres.execute("TRUNCATE credentials");
    postgres.execute("GRANT SELECT ON credentials TO " + Postgres.USER);
    variables.put("KEEPWARM_JDBC_URL", postgres.url());
    variables.put("KEEPWARM_JDBC_QUERY", QUERY);
    variables.put("KEEPWARM_JDBC_TENANTS_QUERY", TENANTS);
    variables.put("KEEPWARM_JDBC_VERSIONS_QUERY", VERSIONS);
    // The maximum allowed, because it must not pass unless a test wants it to.
    variables.put("KEEPWARM_JDBC_CONNECT_TIMEOUT", "1m");
    variables.put("KEEPWARM_JDBC_QUERY_TIMEOUT", "1m");
    source = open();
  }

  @AfterEach
  void closeSources() {
    opened.forEach(JdbcSource::close);
  }

  @Override
  protected Source source() {
    return source;
  }

  @Override
  protected void put(SourceRow.Original row) {
    delete(row.id());
    insert(row.id().tenant(), row.id().name(), row.profile(), row.ciphertext(), row.version());
  }

  @Override
  protected void delete(CredentialId id) {
    postgres.execute(
        "DELETE FROM credentials WHERE tenant = ? AND name = ?", id.tenant(), id.name());
  }

  @Test
  void twoRowsOfOneNameAreNeither() {
    insert("acme", "twice", "legacy", "one", 1L);
    insert("acme", "twice", "legacy", "two", 2L);
    insert("acme", "once", "legacy", "x", 3L);

    assertThat(source.readTenant("acme"))
        .containsExactlyInAnyOrder(
            new SourceRow.Unusable(new CredentialId("acme", "twice"), null, Failure.BAD_ROW),
            new SourceRow.Original(new CredentialId("acme", "once"), "legacy", "x", 3));
  }

  @Test
  void aRowThatLacksSomethingIsUnusable() {
    insert("acme", "a", "legacy", "x", null);
    insert("acme", "b", "legacy", null, 2L);
    insert("acme", "c", null, "x", 3L);
    insert("acme", "d", "legacy", "x", -1L);
    insert("acme", "e", "legacy", "x", 1L << 53);
    insert("acme", null, "legacy", "x", 5L);
    insert("acme", "no name!", "legacy", "x", 6L);

    assertThat(source.readTenant("acme"))
        .containsExactlyInAnyOrder(
            new SourceRow.Unusable(new CredentialId("acme", "a"), null, Failure.BAD_ROW),
            new SourceRow.Unusable(new CredentialId("acme", "b"), 2L, Failure.BAD_ROW),
            new SourceRow.Unusable(new CredentialId("acme", "c"), 3L, Failure.BAD_ROW),
            new SourceRow.Unusable(new CredentialId("acme", "d"), null, Failure.BAD_ROW),
            new SourceRow.Unusable(new CredentialId("acme", "e"), null, Failure.BAD_ROW));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "changed, 1767323045000123",
        "changed AT TIME ZONE 'UTC', 1767323045000123",
        "12::smallint, 12",
        "12::int, 12",
        "12::numeric, 12",
        "12.00::numeric, 12",
        "`decode('00000000000007d1', 'hex')`, 2001",
      })
  void theVersionComesFromAnyColumnThatCanHoldOne(String expression, long version) {
    insert("acme", "a", "legacy", "x", 1L);
    postgres.execute("UPDATE credentials SET changed = '2026-01-02T03:04:05.000123Z'");

    assertThat(open("KEEPWARM_JDBC_QUERY", versionQuery(expression)).readTenant("acme"))
        .containsExactly(
            new SourceRow.Original(new CredentialId("acme", "a"), "legacy", "x", version));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "12.5::numeric",
        "1e30::numeric",
        "'infinity'::timestamptz",
        "'infinity'::timestamp",
        "'1969-12-31T00:00:00Z'::timestamptz",
        "decode('07d1', 'hex')",
        "decode('ff000000000007d1', 'hex')",
        "NULL::bigint",
      })
  void aVersionThatIsNoneMakesTheRowUnusable(String expression) {
    insert("acme", "a", "legacy", "x", 1L);

    assertThat(open("KEEPWARM_JDBC_QUERY", versionQuery(expression)).readTenant("acme"))
        .containsExactly(
            new SourceRow.Unusable(new CredentialId("acme", "a"), null, Failure.BAD_ROW));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      nullValues = "none",
      value = {
        "changed, 1767323045000",
        "changed AT TIME ZONE 'UTC', 1767323045000",
        "NULL::timestamptz, none",
        "'infinity'::timestamptz, none",
      })
  void whenARowGotItsVersionComesFromAColumnOfItsOwn(String expression, @Nullable Long changedAt) {
    insert("acme", "a", "legacy", "x", 1L);
    insert("acme", "b", "legacy", null, 1L);
    postgres.execute("UPDATE credentials SET changed = '2026-01-02T03:04:05.000123Z'");
    String query = QUERY.replace(" FROM", ", " + expression + " AS changed_at FROM");

    assertThat(open("KEEPWARM_JDBC_QUERY", query).readTenant("acme"))
        .containsExactlyInAnyOrder(
            new SourceRow.Original(new CredentialId("acme", "a"), "legacy", "x", 1, changedAt),
            new SourceRow.Unusable(new CredentialId("acme", "b"), 1L, Failure.BAD_ROW, changedAt));
  }

  @Test
  void bytesBecomeBase64() {
    insert("acme", "a", "legacy", "x", 1L);
    JdbcSource binary =
        open(
            "KEEPWARM_JDBC_QUERY",
            QUERY.replace("ciphertext", "decode('00ff', 'hex') AS ciphertext"));

    assertThat(binary.readTenant("acme"))
        .containsExactly(
            new SourceRow.Original(new CredentialId("acme", "a"), "legacy", "AP8=", 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT name, profile, ciphertext, version FROM credentials WHERE tenant = ? | no column tenant",
        "SELECT * FROM credentials WHERE lower(tenant) = lower(?) | lower case",
        "SELECT tenant, name, profile, ciphertext FROM credentials WHERE tenant = ? | no column version",
        "SELECT tenant, name, profile, ciphertext, 'x' AS version FROM credentials WHERE tenant = ? | version",
        "SELECT tenant, name, profile, ciphertext, 1.5::float8 AS version FROM credentials WHERE tenant = ? | version",
        "SELECT tenant, name, ciphertext, version FROM credentials WHERE tenant = ? | no column profile",
        "SELECT tenant, name, profile, ciphertext, version, 7 AS changed_at FROM credentials WHERE tenant = ? | changed_at must be a timestamp",
        "SELECT * FROM credentials WHERE tenant >= ?  | another tenant",
        "SELECT * FROM no_such_table WHERE tenant = ? | SQLSTATE 42P01",
        "SELEC * FROM credentials WHERE tenant = ?    | SQLSTATE 42601",
        "SELECT 'acme' AS tenant, 'n' AS name, 'p' AS profile, 'c' AS ciphertext, generate_series AS version FROM generate_series(1, 10001) WHERE ? <> '' | 10000 rows",
      })
  void aQueryThatIsNoneForOriginalsIsAMistake(String query, String message) {
    insert("acme", "a", "legacy", "x", 1L);
    insert("beta", "a", "legacy", "x", 1L);
    insert("ACME", "a", "legacy", "x", 1L);

    assertFails(
        () -> open("KEEPWARM_JDBC_QUERY", query).readTenant("acme"),
        ErrorCode.INVALID_CONFIGURATION,
        message);
  }

  @Test
  void anAnswerThatBreaksOffIsNone() {
    insert("acme", "a", "legacy", "x", 1L);
    insert("acme", "b", "legacy", "x", 0L);

    assertFails(
        () -> open("KEEPWARM_JDBC_QUERY", versionQuery("1 / version")).readTenant("acme"),
        ErrorCode.UNAVAILABLE,
        "SQLSTATE 22012");
  }

  @Test
  void aQueryThatTakesTooLongIsCancelledAndTheNextOneWorks() {
    insert("acme", "a", "legacy", "x", 1L);
    // The second query must end within it, even on a busy machine.
    variables.put("KEEPWARM_JDBC_QUERY_TIMEOUT", "5s");
    variables.put("KEEPWARM_JDBC_CONNECTIONS", "1");
    JdbcSource slow =
        open(
            "KEEPWARM_JDBC_QUERY",
            "SELECT tenant, name, profile, ciphertext, version FROM credentials,"
                + " pg_sleep(CASE WHEN ? = 'slow' THEN 600 ELSE 0 END)");

    assertFails(() -> slow.readTenant("slow"), ErrorCode.TIMEOUT, "SQLSTATE 57014");
    assertThat(slow.readTenant("acme")).hasSize(1);
  }

  @Test
  void aConnectionThatDiedIsReplaced() {
    insert("acme", "a", "legacy", "x", 1L);
    variables.put("KEEPWARM_JDBC_CONNECTIONS", "1");
    JdbcSource one = open();
    assertThat(one.readTenant("acme")).hasSize(1);

    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ?", Postgres.USER);

    assertFails(() -> one.readTenant("acme"), ErrorCode.UNAVAILABLE, "SQLSTATE 57P01");
    assertThat(one.readTenant("acme")).hasSize(1);
  }

  @Test
  void aWrongPasswordIsDenied() {
    login = new Login(Postgres.USER, "wrong");

    assertFails(() -> open().readTenant("acme"), ErrorCode.DENIED, "SQLSTATE 28P01");
  }

  @Test
  void aMissingPermissionIsDenied() {
    postgres.execute("REVOKE SELECT ON credentials FROM " + Postgres.USER);

    assertFails(() -> source.readTenant("acme"), ErrorCode.DENIED, "SQLSTATE 42501");
  }

  @Test
  void aRefusedLoginIsReadOnceMore() {
    List<Login> logins = new ArrayList<>(List.of(new Login(Postgres.USER, "rotated away"), login));
    JdbcSource rotated = JdbcSource.of(settings(), Logins.of(logins::removeFirst));
    opened.add(rotated);

    assertThat(rotated.readTenant("acme")).isEmpty();
  }

  @Test
  void aDatabaseThatIsNotThereIsUnavailable() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }

    assertFails(
        () -> open("KEEPWARM_JDBC_URL", url(port)).readTenant("acme"),
        ErrorCode.UNAVAILABLE,
        "cannot connect to the database: SQLSTATE 08001");
  }

  @Test
  void aDatabaseThatDoesNotAnswerTimesOut() throws Exception {
    variables.put("KEEPWARM_JDBC_CONNECT_TIMEOUT", "1s");
    try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      assertFails(
          () -> open("KEEPWARM_JDBC_URL", url(silent.getLocalPort())).readTenant("acme"),
          ErrorCode.TIMEOUT,
          "cannot connect");
    }
  }

  @Test
  void withoutATenantsQueryThereAreNoTenantsToDiscover() {
    variables.remove("KEEPWARM_JDBC_TENANTS_QUERY");

    assertFails(
        () -> open().tenants(null, 10), ErrorCode.INVALID_CONFIGURATION, "KEEPWARM_DISCOVER_EVERY");
  }

  @Test
  void tenantsThatAreNoneAreLeftOutAndPagingGoesOn() {
    for (String tenant : List.of("a b", "acme", "beta", "ü")) {
      insert(tenant, "a", "legacy", "x", 1L);
    }
    postgres.execute("INSERT INTO credentials (name) VALUES ('a')");

    Source.TenantPage first = source.tenants(null, 1);
    assertThat(first.tenants()).isEmpty();
    Source.TenantPage second = source.tenants(first.next(), 2);
    assertThat(second.tenants()).containsExactly("acme", "beta");
    assertThat(source.tenants(second.next(), 2)).isEqualTo(new Source.TenantPage(List.of(), null));
  }

  @Test
  void aTenantsQueryThatDoesNotGoOnIsAMistake() {
    insert("acme", "a", "legacy", "x", 1L);
    JdbcSource stuck = open("KEEPWARM_JDBC_TENANTS_QUERY", TENANTS.replace(">", ">="));

    assertFails(
        () -> stuck.tenants("acme", 1),
        ErrorCode.INVALID_CONFIGURATION,
        "returns no tenants after");
  }

  @Test
  void oneStatementComparesASlot() {
    postgres.execute("CREATE SEQUENCE statements");
    postgres.execute("GRANT USAGE ON statements TO " + Postgres.USER);
    Set<String> tenants = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      insert("t" + i, "a", "legacy", "x", 1L);
      tenants.add("t" + i);
    }
    // Evaluated once a statement.
    JdbcSource counting =
        open(
            "KEEPWARM_JDBC_VERSIONS_QUERY",
            VERSIONS.replace("version", "(SELECT nextval('statements')) AS version"));

    Map<String, TenantState> first = counting.compare(tenants);
    Map<String, TenantState> second = counting.compare(tenants);

    assertThat(digests(first)).containsExactly(TenantState.ofVersions(Map.of("a", 1L)).digest());
    assertThat(digests(second)).containsExactly(TenantState.ofVersions(Map.of("a", 2L)).digest());
    assertThat(counting.comparedAtOnce()).isGreaterThanOrEqualTo(100);
  }

  @Test
  void comparesWhatIsNoVersionOrNoNameAsItIsRead() {
    insert("acme", "none", "legacy", "x", null);
    insert("acme", "twice", "legacy", "x", 1L);
    insert("acme", "twice", "legacy", "y", 2L);
    insert("acme", "no name!", "legacy", "x", 3L);
    insert("acme", "negative", "legacy", "x", -1L);
    insert("acme", null, "legacy", "x", 5L);
    insert("acme", "withoutOriginal", "legacy", null, 6L);

    TenantState state = source.compare(Set.of("acme")).get("acme");

    assertThat(state.digest())
        .isEqualTo(TenantState.of(source.readTenant("acme"), TenantState.Depth.VERSIONS).digest());
    assertThat(state.size()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"IN (?::text)", "in(lower(?))", "IN ( coalesce(?, 'x') )"})
  void whatConvertsATenantIsRepeatedWithIt(String list) {
    insert("acme", "a", "legacy", "x", 7L);
    insert("beta", "a", "legacy", "x", 8L);
    insert("gamma", "a", "legacy", "x", 9L);
    JdbcSource converting = open("KEEPWARM_JDBC_VERSIONS_QUERY", VERSIONS.replace("IN (?)", list));

    assertThat(digests(converting.compare(Set.of("acme", "beta", "gamma")))).hasSize(3);
  }

  @Test
  void aDatabaseThatIgnoresLetterCaseIsRefusedAsWhenATenantIsRead() {
    insert("ACME", "a", "legacy", "x", 7L);
    insert("beta", "a", "legacy", "x", 8L);
    variables.put("KEEPWARM_JDBC_QUERY", QUERY.replace("tenant = ?", "lower(tenant) = lower(?)"));
    JdbcSource loose =
        open(
            "KEEPWARM_JDBC_VERSIONS_QUERY",
            VERSIONS.replace("tenant IN (?)", "lower(tenant) IN (lower(?))"));

    for (Set<String> tenants : List.of(Set.of("acme", "beta"), Set.of("acme", "ACME"))) {
      assertFails(
          () -> loose.compare(tenants), ErrorCode.INVALID_CONFIGURATION, "rows of another tenant");
    }
    assertFails(
        () -> loose.readTenant("acme"), ErrorCode.INVALID_CONFIGURATION, "rows of another tenant");
    assertThat(loose.compare(Set.of("ACME", "beta"))).hasSize(2);
  }

  @Test
  void withoutAQueryForItTenantsAreComparedOneByOneAndWhole() {
    insert("acme", "a", "legacy", "x", 7L);
    variables.remove("KEEPWARM_JDBC_VERSIONS_QUERY");
    JdbcSource plain = open();

    assertThat(plain.comparedAtOnce()).isEqualTo(1);
    assertThat(plain.compare(Set.of("acme")).get("acme").digest())
        .isEqualTo(TenantState.of(plain.readTenant("acme"), TenantState.Depth.ORIGINALS).digest());
  }

  @Test
  void readsInTheIsolationThatIsSet() {
    insert("acme", "a", "legacy", "x", 1L);
    variables.put("KEEPWARM_JDBC_ISOLATION", "serializable");
    JdbcSource serializable =
        open(
            "KEEPWARM_JDBC_QUERY",
            QUERY.replace("ciphertext", "current_setting('transaction_isolation') AS ciphertext"));

    assertThat(serializable.readTenant("acme"))
        .containsExactly(
            new SourceRow.Original(new CredentialId("acme", "a"), "legacy", "serializable", 1));
  }

  @Test
  void worksOnAfterItWasCleared() {
    insert("acme", "a", "legacy", "x", 1L);
    assertThat(source.readTenant("acme")).hasSize(1);

    source.clear();

    assertThat(source.readTenant("acme")).hasSize(1);
  }

  private static Set<SdkBytes> digests(Map<String, TenantState> states) {
    return states.values().stream().map(TenantState::digest).collect(Collectors.toSet());
  }

  private static String versionQuery(String expression) {
    return QUERY.replace("version", expression + " AS version");
  }

  private static String url(int port) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
  }

  private JdbcSource open(String variable, String value) {
    variables.put(variable, value);
    return open();
  }

  private JdbcSource open() {
    JdbcSource made = JdbcSource.of(settings(), Logins.of(() -> login));
    opened.add(made);
    return made;
  }

  private JdbcSettings settings() {
    return JdbcSettings.of(new Environment(variables));
  }

  private static void insert(
      String tenant, String name, String profile, String ciphertext, Long version) {
    postgres.execute(
        "INSERT INTO credentials (tenant, name, profile, ciphertext, version)"
            + " VALUES (?, ?, ?, ?, ?::bigint)",
        tenant,
        name,
        profile,
        ciphertext,
        version);
  }

  private static void assertFails(Runnable call, ErrorCode code, String message) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(call::run)
        .withMessageContaining(message)
        .withNoCause()
        .returns(code, KeepwarmException::code);
  }
}
