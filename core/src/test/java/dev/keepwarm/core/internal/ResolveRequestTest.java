package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ResolveRequestTest {
  @Test
  void parsesWhatItWrites() {
    Property.check(
        200,
        gen -> {
          String name = gen.oneIn(3) ? null : gen.idPart();
          Long newerThan = name == null || gen.oneIn(2) ? null : Long.valueOf(gen.number());
          ResolveRequest request = new ResolveRequest(gen.idPart(), name, newerThan);

          assertThat(ResolveRequest.parse(request.toJson())).isEqualTo(request);
        });
  }

  @Test
  void writesJsonAsDocumented() {
    assertThat(new ResolveRequest("acme", null, null).toJson()).isEqualTo("{\"tenant\":\"acme\"}");
    assertThat(new ResolveRequest("acme", "db/main", 7L).toJson())
        .isEqualTo("{\"tenant\":\"acme\",\"name\":\"db/main\",\"newerThan\":7}");
  }

  @Test
  void takesNullForAbsentAndIgnoresTheUnknown() {
    assertThat(
            ResolveRequest.parse(
                "{\"tenant\":\"acme\",\"name\":null,\"newerThan\":null,\"probe\":true}"))
        .isEqualTo(new ResolveRequest("acme", null, null));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "''; INVALID_REQUEST; the request must be a JSON object",
        "[]; INVALID_REQUEST; the request must be a JSON object",
        "{}; INVALID_REQUEST; tenant: must be a string",
        "{\"tenant\":7}; INVALID_REQUEST; tenant: must be a string",
        "{\"tenant\":\"\"}; INVALID_ID; tenant of 0 characters",
        "{\"tenant\":\"a b\"}; INVALID_ID; tenant of 3 characters",
        "{\"tenant\":\"a\",\"name\":7}; INVALID_REQUEST; name: must be a string",
        "{\"tenant\":\"a\",\"name\":\"b c\"}; INVALID_ID; name of 3 characters",
        "{\"tenant\":\"a\",\"newerThan\":7}; INVALID_REQUEST; newerThan: requires a name",
        "{\"tenant\":\"a\",\"name\":\"b\",\"newerThan\":\"7\"}; INVALID_REQUEST; newerThan: must be a whole",
        "{\"tenant\":\"a\",\"name\":\"b\",\"newerThan\":1.5}; INVALID_REQUEST; newerThan: must be a whole",
        "{\"tenant\":\"a\",\"name\":\"b\",\"newerThan\":-1}; INVALID_REQUEST; newerThan: requires",
      })
  void refusesWhatIsMalformed(String json, ErrorCode code, String message) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> ResolveRequest.parse(json))
        .withMessageContaining(message)
        .returns(code, KeepwarmException::code);
  }
}
