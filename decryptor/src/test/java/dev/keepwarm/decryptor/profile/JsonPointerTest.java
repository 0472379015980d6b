package dev.keepwarm.decryptor.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Json;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonPointerTest {
  private static final String DOCUMENT =
      """
      {"foo": ["bar", "baz"], "": "empty", "a/b": "slash", "m~n": "tilde", "~1": "escaped",
       "0": {"1": "numbers"}, "null": null, " ": "blank"}
      """;

  @ParameterizedTest
  @CsvSource(
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "/foo/0,bar",
        "/foo/1,baz",
        "/,empty",
        "/a~1b,slash",
        "/m~0n,tilde",
        "/~01,escaped",
        "/0/1,numbers",
        "/ ,blank"
      })
  void findsWhatItPointsTo(String pointer, String value) {
    assertThat(find(pointer)).isEqualTo(value);
  }

  @Test
  void theEmptyPointerIsTheWholeDocument() {
    assertThat(find("")).isEqualTo(Json.parse(DOCUMENT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/bar", "/foo/2", "/foo/-", "/foo/00", "/foo/bar", "/foo/0/x", "/null", "/null/x"})
  void findsNothingWhereNothingIs(String pointer) {
    assertThat(find(pointer)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"foo", "foo/bar", "/a~b", "/~", "/~2"})
  void refusesWhatIsNoPointer(String pointer) {
    assertThat(JsonPointer.parse(pointer)).isNull();
  }

  private static Object find(String pointer) {
    return Objects.requireNonNull(JsonPointer.parse(pointer)).find(Json.parse(DOCUMENT));
  }
}
