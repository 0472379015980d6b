package dev.keepwarm.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class JdbcErrorsTest {
  @ParameterizedTest
  @CsvSource({
    "POSTGRESQL, 28P01, 0, DENIED",
    "POSTGRESQL, 42501, 0, DENIED",
    "POSTGRESQL, 42P01, 0, INVALID_CONFIGURATION",
    "POSTGRESQL, 57014, 0, TIMEOUT",
    "POSTGRESQL, 08006, 0, UNAVAILABLE",
    "POSTGRESQL, 53300, 0, UNAVAILABLE",
    "SQL_SERVER, S0001, 18456, DENIED",
    "SQL_SERVER, S0001, 4060, DENIED",
    "SQL_SERVER, S0005, 229, DENIED",
    "SQL_SERVER, S0002, 208, INVALID_CONFIGURATION",
    "SQL_SERVER, S0001, 207, INVALID_CONFIGURATION",
    "SQL_SERVER, 40001, 1205, UNAVAILABLE",
    "SQL_SERVER, HY008, 0, TIMEOUT",
    "MYSQL, 28000, 1045, DENIED",
    "MYSQL, 42000, 1142, DENIED",
    "MYSQL, 42S02, 1146, INVALID_CONFIGURATION",
    "MYSQL, 08S01, 0, UNAVAILABLE",
    "OTHER, , 18456, UNAVAILABLE",
  })
  void aStateOrAVendorCodeSaysWhatToDo(
      Dialect dialect, String state, int vendorCode, ErrorCode code) {
    KeepwarmException e =
        JdbcErrors.translate("cannot", dialect, new SQLException("content", state, vendorCode));

    assertThat(e.code()).isEqualTo(code);
    assertThat(e).hasNoCause();
    assertThat(e.getMessage()).doesNotContain("content").contains("SQLSTATE " + state);
  }

  @Test
  void aTimeoutIsOneWhereverItIs() {
    SQLException network =
        new SQLException("x", "08006", new java.io.IOException(new SocketTimeoutException()));

    assertThat(JdbcErrors.translate("cannot", Dialect.OTHER, network).code())
        .isEqualTo(ErrorCode.TIMEOUT);
    assertThat(JdbcErrors.translate("cannot", Dialect.OTHER, new SQLTimeoutException()).code())
        .isEqualTo(ErrorCode.TIMEOUT);
  }
}
