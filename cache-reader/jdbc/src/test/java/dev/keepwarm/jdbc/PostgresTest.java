package dev.keepwarm.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.reader.Credential;
import dev.keepwarm.reader.testing.MemoryReader;
import dev.keepwarm.source.Postgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Connections and pools during an unannounced rotation, with a real database. */
class PostgresTest {
  private static final CredentialId DB = new CredentialId("acme", "db");

  private static Postgres postgres;

  private final MemoryReader reader = new MemoryReader();
  private final LoginSource login = LoginSource.json(reader, DB);
  private final Drivers drivers = new Drivers();

  @BeforeAll
  static void start() throws SQLException, IOException {
    postgres = Postgres.start();
  }

  @AfterAll
  static void stop() throws SQLException, IOException {
    if (postgres != null) {
      postgres.close();
    }
  }

  @BeforeEach
  void setPassword() {
    postgres.execute("ALTER ROLE " + Postgres.USER + " PASSWORD 'one'");
    reader.set("acme", "db", json("one"));
    drivers.setUrl(postgres.url());
  }

  @AfterEach
  void close() {
    reader.close();
  }

  @Test
  void connectsByUrlWithTheCurrentPassword() throws SQLException {
    DataSource source = KeepwarmDataSource.of(postgres.url(), login);
    try (Connection connection = source.getConnection()) {
      assertThat(user(connection)).isEqualTo(Postgres.USER);
    }
    postgres.execute("ALTER ROLE " + Postgres.USER + " PASSWORD 'two'");
    Credential two = reader.rotate("acme", "db", json("two"));

    try (Connection connection = source.getConnection()) {
      assertThat(user(connection)).isEqualTo(Postgres.USER);
    }
    assertThat(two.version()).isEqualTo(2);
    assertThat(reader.stats().rejections()).isZero();
  }

  @Test
  void saysThatThePasswordIsWrongIfNothingIsNewer() {
    postgres.execute("ALTER ROLE " + Postgres.USER + " PASSWORD 'other'");

    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> KeepwarmDataSource.of(postgres.url(), login).getConnection())
        .satisfies(e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
    assertThat(reader.stats().rejections()).isEqualTo(1);
  }

  @Test
  void aPoolLivesOnOverARotation() throws SQLException {
    HikariConfig config = config();
    config.setDataSource(KeepwarmDataSource.of(drivers, login));

    livesOn(config);
    assertThat(reader.stats().rejections()).isEqualTo(1);
  }

  @Test
  void aPoolWithACredentialsProviderLivesOnOverARotation() throws SQLException {
    KeepwarmCredentialsProvider provider = new KeepwarmCredentialsProvider(login);
    HikariConfig config = config();
    config.setDataSource(provider.watching(drivers));
    config.setCredentialsProvider(provider);

    livesOn(config);
  }

  @Test
  void aCredentialsProviderFetchesPastTheCachesAfterARejectionOnly() {
    postgres.execute("ALTER ROLE " + Postgres.USER + " PASSWORD 'other'");
    KeepwarmCredentialsProvider provider = new KeepwarmCredentialsProvider(login);
    assertThat(provider.getCredentials().getPassword()).isEqualTo("one");
    assertThat(reader.stats().rejections()).isZero();

    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> provider.watching(drivers).getConnection(Postgres.USER, "one"));
    assertThat(provider.getCredentials().getPassword()).isEqualTo("one");
    assertThat(reader.stats().rejections()).isEqualTo(1);
    assertThat(provider.getCredentials().getUsername()).isEqualTo(Postgres.USER);
    assertThat(reader.stats().rejections()).isEqualTo(1);
  }

  @Test
  void takesNoOtherLoginAndUnwraps() throws SQLException {
    DataSource source = KeepwarmDataSource.of(drivers, login);

    assertThatExceptionOfType(SQLFeatureNotSupportedException.class)
        .isThrownBy(() -> source.getConnection("root", "root"));
    assertThat(source.unwrap(PGSimpleDataSource.class)).isSameAs(drivers);
    assertThat(source.isWrapperFor(KeepwarmDataSource.class)).isTrue();
    assertThat(source.isWrapperFor(HikariDataSource.class)).isFalse();
  }

  private void livesOn(HikariConfig config) throws SQLException {
    try (HikariDataSource pool = new HikariDataSource(config);
        Connection old = pool.getConnection()) {
      postgres.execute("ALTER ROLE " + Postgres.USER + " PASSWORD 'two'");
      drivers.newer = "two";

      try (Connection made = pool.getConnection()) {
        assertThat(user(made)).isEqualTo(Postgres.USER);
        assertThat(user(old)).as("a connection of before").isEqualTo(Postgres.USER);
      }
    }
  }

  private static HikariConfig config() {
    HikariConfig config = new HikariConfig();
    config.setMaximumPoolSize(2);
    config.setMinimumIdle(0);
    return config;
  }

  /**
   * The driver's data source. After an unannounced rotation, the reader has the newer password only
   * after the old one was rejected.
   */
  private final class Drivers extends PGSimpleDataSource {
    private static final long serialVersionUID = 1;

    private transient volatile String newer;

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
      try {
        return super.getConnection(user, password);
      } catch (SQLException e) {
        if (newer != null) {
          reader.set(DB, 2, json(newer).getBytes(StandardCharsets.UTF_8));
        }
        throw e;
      }
    }
  }

  private static String user(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet results = statement.executeQuery("SELECT current_user")) {
      results.next();
      return results.getString(1);
    }
  }

  private static String json(String password) {
    return "{\"username\": \"" + Postgres.USER + "\", \"password\": \"" + password + "\"}";
  }
}
