package dev.keepwarm.warmer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.engine.Wheel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A wheel of ten slots of 100 ms each: a turn is a second. */
final class TurnTest {
  private final Turn turn = new Turn(10, 100);

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      useHeadersInDisplayName = true,
      nullValues = "-",
      textBlock =
          """
          what                                | published | slotMillis | now  | first | last
          never published: a whole turn       | -         | -          | 5000 | 41    | 50
          published a moment ago: nothing     | 50        | 100        | 5099 | 51    | 50
          the next slot has begun             | 50        | 100        | 5100 | 51    | 51
          some slots have begun               | 46        | 100        | 5000 | 47    | 50
          a turn ago: a whole turn            | 40        | 100        | 5000 | 41    | 50
          longer ago: a whole turn, no more   | 12        | 100        | 5000 | 41    | 50
          counted in other slots              | 50        | 200        | 5000 | 41    | 50
          counted in other slots, far ahead   | 5000      | 10         | 5000 | 41    | 50
          the clock went back a little        | 53        | 100        | 5000 | 54    | 50
          the clock went back a turn          | 60        | 100        | 5000 | 61    | 50
          the clock went back further         | 61        | 100        | 5000 | 41    | 50
          soon after the epoch                | -         | -          | 250  | -7    | 2
          """)
  void publishesFromTheCursorToTheClockButNeverMoreThanATurn(
      String what,
      @Nullable Long published,
      @Nullable Long slotMillis,
      long now,
      long first,
      long last) {
    Wheel.Cursor cursor =
        published == null || slotMillis == null ? null : new Wheel.Cursor(published, slotMillis);

    assertThat(turn.first(cursor, now)).isEqualTo(first);
    assertThat(turn.last(now)).isEqualTo(last);
  }

  @Test
  void absoluteSlotsGoRoundTheWheel() {
    assertThat(turn.slot(0)).isZero();
    assertThat(turn.slot(9)).isEqualTo(9);
    assertThat(turn.slot(10)).isZero();
    assertThat(turn.slot(123)).isEqualTo(3);
    assertThat(turn.slot(-1)).isEqualTo(9);
  }

  @Test
  void aCursorSaysHowLongItsSlotsAre() {
    assertThat(turn.cursor(50)).isEqualTo(new Wheel.Cursor(50, 100));
  }
}
