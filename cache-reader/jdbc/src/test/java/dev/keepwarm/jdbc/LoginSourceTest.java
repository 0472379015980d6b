package dev.keepwarm.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.reader.testing.MemoryReader;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoginSourceTest {
  private static final CredentialId DB = new CredentialId("acme", "db");
  private static final CredentialId USER = new CredentialId("acme", "db-user");

  private final MemoryReader reader = new MemoryReader();
  private final List<DatabaseLogin> tried = new ArrayList<>();

  @Test
  void readsUserAndPasswordOfAnObject() throws SQLException {
    reader.set("acme", "db", "{\"username\": \"app\", \"password\": \"one\"}");
    assertThat(LoginSource.json(reader, DB).login()).isEqualTo(new DatabaseLogin("app", "one"));
    reader.set("acme", "db", "{\"user\": \"app\", \"password\": \"two\"}");
    assertThat(LoginSource.json(reader, DB).login()).isEqualTo(new DatabaseLogin("app", "two"));
    reader.set("acme", "db", "{\"uid\": \"app\", \"pwd\": \"three\"}");
    assertThat(LoginSource.json(reader, DB, "uid", "pwd").login())
        .isEqualTo(new DatabaseLogin("app", "three"));
  }

  @Test
  void fetchesAgainWhatTheDatabaseRejects() throws SQLException {
    reader.set("acme", "db", "one");
    reader.rejectOnce("acme", "db", "two");

    String end = LoginSource.password(reader, "app", DB).use(login -> accepting("two", login));

    assertThat(end).isEqualTo("connected");
    assertThat(tried)
        .containsExactly(new DatabaseLogin("app", "one"), new DatabaseLogin("app", "two"));
  }

  @Test
  void fetchesEitherOfTwoCredentialsAgain() throws SQLException {
    LoginSource pair = LoginSource.pair(reader, USER, DB);
    reader.set("acme", "db-user", "app");
    reader.set("acme", "db", "one");
    reader.rejectOnce("acme", "db", "two");
    String first = pair.use(login -> accepting("two", login));
    assertThat(first).isEqualTo("connected");

    tried.clear();
    reader.rejectOnce("acme", "db-user", "app_b");
    reader.rejectOnce("acme", "db", "three");
    String second = pair.use(login -> accepting("three", login));
    assertThat(second).isEqualTo("connected");
    assertThat(tried)
        .containsExactly(
            new DatabaseLogin("app", "two"),
            new DatabaseLogin("app_b", "two"),
            new DatabaseLogin("app_b", "three"));
  }

  @Test
  void saysWhatTheDatabaseSaidIfNothingIsNewer() {
    reader.set("acme", "db", "one");
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(
            () -> LoginSource.password(reader, "app", DB).use(login -> accepting("other", login)))
        .satisfies(e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
    assertThat(tried).hasSize(1);

    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() ->
            LoginSource.password(reader, "app", DB)
                .use(login -> {
                  reader.fail("acme", "db", ErrorCode.UNAVAILABLE);
                  return accepting("other", login);
                }))
        .satisfies(e -> assertThat(e.getSQLState()).isEqualTo("28P01"))
        .satisfies(e -> assertThat(e.getSuppressed()[0]).isInstanceOf(KeepwarmException.class));
  }

  @Test
  void doesNotFetchAgainForOtherFailures() {
    reader.set("acme", "db", "one");
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() ->
            LoginSource.password(reader, "app", DB)
                .use(login -> {
                  tried.add(login);
                  throw new SQLException("no such database", "3D000");
                }))
        .withMessage("no such database");
    assertThat(tried).hasSize(1);
    assertThat(reader.stats().rejections()).isZero();
  }

  @Test
  void tellsWhetherARetryMayHelpIfTheReaderHasNothing() {
    LoginSource login = LoginSource.password(reader, "app", DB);
    assertThatExceptionOfType(SQLNonTransientConnectionException.class)
        .isThrownBy(login::login)
        .withMessageContaining("NOT_FOUND");
    reader.fail("acme", "db", ErrorCode.UNAVAILABLE);
    assertThatExceptionOfType(SQLTransientConnectionException.class)
        .isThrownBy(login::login)
        .withCauseInstanceOf(KeepwarmException.class);
  }

  @Test
  void takesWhatTheApplicationCallsARejection() throws SQLException {
    reader.set("acme", "db", "one");
    reader.rejectOnce("acme", "db", "two");

    String end =
        LoginSource.password(reader, "app", DB)
            .use(
                login -> {
                  if (login.password().equals("one")) {
                    throw new SQLException("locked", "99999", 4711);
                  }
                  return login.password();
                },
                e -> e.getErrorCode() == 4711);

    assertThat(end).isEqualTo("two");
  }

  @Test
  void printsNoPassword() {
    assertThat(new DatabaseLogin("app", "horse"))
        .asString()
        .contains("app")
        .doesNotContain("horse");
  }

  private String accepting(String password, DatabaseLogin login) throws SQLException {
    tried.add(login);
    if (!login.password().equals(password)) {
      throw new SQLException("password authentication failed", "28P01");
    }
    return "connected";
  }
}
