package dev.keepwarm.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.reader.testing.MemoryReader;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How SQL Server's own driver reports a rejected login, with a server that handles only logins. */
class SqlServerTest {
  private static final CredentialId DB = new CredentialId("acme", "db");

  private final MemoryReader reader = new MemoryReader();
  private TdsLogins server;

  @BeforeEach
  void start() throws IOException {
    server = new TdsLogins("two");
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void fetchesThePasswordAgainAfterError18456() throws SQLException {
    reader.set("acme", "db", "one");
    reader.rejectOnce("acme", "db", "two");

    try (Connection connection = source().getConnection()) {
      assertThat(connection.isClosed()).isFalse();
    }
    assertThat(server.tried()).containsExactly("app one", "app two");
  }

  @Test
  void saysWhatTheServerSaidIfNothingIsNewer() {
    reader.set("acme", "db", "one");

    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> source().getConnection())
        .satisfies(e -> assertThat(e.getErrorCode()).isEqualTo(18456));
    assertThat(server.tried()).containsExactly("app one");
  }

  private KeepwarmDataSource source() {
    return KeepwarmDataSource.of(
        "jdbc:sqlserver://127.0.0.1:" + server.port() + ";encrypt=false;connectRetryCount=0",
        LoginSource.password(reader, "app", DB));
  }
}
