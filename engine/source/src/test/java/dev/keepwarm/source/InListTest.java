package dev.keepwarm.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class InListTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "t IN (?)                  | t IN (?, ?, ?)",
        "t in(?) AND (x IN (1))    | t in(?, ?, ?) AND (x IN (1))",
        "(f(1) = 2 AND t IN ( ? )) | (f(1) = 2 AND t IN ( ? ,  ? ,  ? ))",
        "t IN (?::uuid)            | t IN (?::uuid, ?::uuid, ?::uuid)",
        "t IN (CAST(? AS uuid))    | t IN (CAST(? AS uuid), CAST(? AS uuid), CAST(? AS uuid))",
        "t IN (f(g(?), (1)))       | t IN (f(g(?), (1)), f(g(?), (1)), f(g(?), (1)))",
        "t IN (BINARY ?)           | t IN (BINARY ?, BINARY ?, BINARY ?)",
      })
  void repeatsWhatIsInTheBrackets(String query, String repeated) {
    InList list = Objects.requireNonNull(InList.of(query));

    assertThat(list.forValues(3)).isEqualTo(repeated);
    assertThat(list.forValues(1)).isEqualTo(query);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "t = 1",
        "t = ?",
        "t IN (1) AND u = ?",
        "t IN (?, ?)",
        "t IN (?) AND u = ?",
        "t IN (?",
        "t = min(?)",
        "t = f_in(?)",
        "in(?)",
      })
  void isNoneWithoutOneParameterInAList(String query) {
    assertThat(InList.of(query)).isNull();
  }
}
