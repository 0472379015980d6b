package dev.keepwarm.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Environment;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JdbcSettingsTest {
  private static final Map<String, String> LEAST =
      Map.of("KEEPWARM_JDBC_URL", "jdbc:x:y", "KEEPWARM_JDBC_QUERY", "select ?");

  @Test
  void needsAUrlAndAQuery() {
    assertThat(JdbcSettings.of(new Environment(LEAST)))
        .isEqualTo(
            new JdbcSettings(
                "jdbc:x:y",
                "select ?",
                null,
                null,
                null,
                null,
                null,
                4,
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                JdbcSettings.Isolation.DEFAULT));
    assertRefused("KEEPWARM_JDBC_URL", "", "KEEPWARM_JDBC_URL: must be set");
    assertRefused("KEEPWARM_JDBC_QUERY", "", "KEEPWARM_JDBC_QUERY: must be set");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://host/db?user=u&password=hunter2",
        "jdbc:sqlserver://host;user=u;Password = hunter2",
        "jdbc:sqlserver://host;accessToken=hunter2",
        "jdbc:mysql://u:hunter2@host/db",
        "jdbc:oracle:thin:u/hunter2@host:1521/db",
      })
  void refusesAPasswordInTheUrl(String url) {
    assertRefused("KEEPWARM_JDBC_URL", url, "KEEPWARM_JDBC_URL: must not contain a password");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://host:5432/db?sslmode=verify-full&user=u",
        "jdbc:sqlserver://host:1433;databaseName=hr;encrypt=true;authentication=ActiveDirectoryMSI",
        "jdbc:mysql://host:3306/db?sslMode=VERIFY_IDENTITY",
        "jdbc:oracle:thin:@//host:1521/service",
        "jdbc:oracle:thin:@tcps://host:1521/service",
      })
  void takesAUrlWithoutOne(String url) {
    Map<String, String> variables = new HashMap<>(LEAST);
    variables.put("KEEPWARM_JDBC_URL", url);

    assertThat(JdbcSettings.of(new Environment(variables)).url()).isEqualTo(url);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "KEEPWARM_JDBC_URL                 | hunter2           | must begin with jdbc:",
        "KEEPWARM_JDBC_QUERY               | select 'hunter2'  | must have a parameter",
        "KEEPWARM_JDBC_TENANTS_QUERY       | select ?          | must have two parameters",
        "KEEPWARM_JDBC_VERSIONS_QUERY      | select ?          | must have one parameter",
        "KEEPWARM_JDBC_PASSWORD_CIPHERTEXT | AAAA              | must be set together",
        "KEEPWARM_JDBC_USER                | hunter2           | must be set together",
        "KEEPWARM_JDBC_CONNECTIONS         | 0                 | a whole number from 1 to 100",
        "KEEPWARM_JDBC_CONNECT_TIMEOUT     | 61s               | a duration",
        "KEEPWARM_JDBC_QUERY_TIMEOUT       | 100ms             | a duration",
        "KEEPWARM_JDBC_ISOLATION           | hunter2           | one of default read_committed",
      })
  void namesTheVariableAndWhatItTakes(String variable, String value, String message) {
    assertRefused(variable, value, message);
  }

  @Test
  void takesOneWayToThePassword() {
    Map<String, String> both = new HashMap<>(LEAST);
    both.put("KEEPWARM_JDBC_SECRET", "db");
    both.put("KEEPWARM_JDBC_USER", "u");
    both.put("KEEPWARM_JDBC_PASSWORD_CIPHERTEXT", "AAAA");
    assertRefused(both, "KEEPWARM_JDBC_SECRET: must not be combined");

    Map<String, String> bad = new HashMap<>(both);
    bad.remove("KEEPWARM_JDBC_SECRET");
    bad.put("KEEPWARM_JDBC_PASSWORD_CIPHERTEXT", "hunter2!");
    assertRefused(bad, "KEEPWARM_JDBC_PASSWORD_CIPHERTEXT: must be base64");
  }

  private static void assertRefused(String variable, String value, String message) {
    Map<String, String> variables = new HashMap<>(LEAST);
    variables.put(variable, value);
    assertRefused(variables, message);
  }

  private static void assertRefused(Map<String, String> variables, String message) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> JdbcSettings.of(new Environment(variables)))
        .returns(ErrorCode.INVALID_CONFIGURATION, KeepwarmException::code)
        .withMessageContaining(message)
        .withMessageNotContaining("hunter2");
  }
}
