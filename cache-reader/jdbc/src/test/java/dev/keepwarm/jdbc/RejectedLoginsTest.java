package dev.keepwarm.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RejectedLoginsTest {
  @ParameterizedTest
  @CsvSource({
    "28P01, 0, true", // PostgreSQL: wrong password
    "28000, 0, true", // PostgreSQL: no such role
    "28000, 1045, true", // MySQL
    "28000, 8004, true", // H2
    "S0001, 18456, true", // SQL Server
    "S0001, 18488, true",
    ", 18456, true",
    "72000, 1017, true", // Oracle
    "HY000, 1017, false", // MySQL: no such file
    "08001, 0, false",
    "42501, 0, false", // PostgreSQL: no permission
    "3D000, 0, false", // PostgreSQL: no such database
    "S0001, 4060, false" // SQL Server: no such database
  })
  void tellsARejectedLoginFromOtherFailures(String state, int code, boolean rejected) {
    assertThat(RejectedLogins.STANDARD.test(new SQLException("no", state, code)))
        .isEqualTo(rejected);
  }

  @Test
  void looksAtCausesButNotForever() {
    SQLException rejection = new SQLException("no", "28P01");
    assertThat(RejectedLogins.STANDARD.test(new SQLException(new RuntimeException(rejection))))
        .isTrue();

    SQLException circular = new SQLException("one");
    circular.initCause(new RuntimeException(circular));
    assertThat(RejectedLogins.STANDARD.test(circular)).isFalse();
  }
}
