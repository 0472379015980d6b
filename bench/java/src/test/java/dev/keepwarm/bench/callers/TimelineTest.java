package dev.keepwarm.bench.callers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TimelineTest {
  private static final long MILLI = 1_000_000;

  private static CallRecorder.Call call(String by, String what, long from, long to) {
    return new CallRecorder.Call(by, what, from * MILLI, to * MILLI);
  }

  @Test
  void theUsualMissHasWhatMostHave() {
    Timeline timeline = new Timeline();
    for (long begun = 0; begun < 300; begun += 100) {
      timeline.add(
          begun * MILLI,
          (begun + 20) * MILLI,
          List.of(
              call("resolver", "UpdateItem", begun + 4, begun + 6),
              call("resolver", "Query", begun + 7, begun + 9),
              call("resolver", "PutItem", begun + 7, begun + 10),
              call("resolver", "PutItem", begun + 11, begun + 12),
              call("reader", "Lambda Invoke", begun + 3, begun + 13),
              call("reader", "GetItem", begun + 1, begun + 2)));
    }
    timeline.add(1000 * MILLI, 1030 * MILLI, List.of(call("reader", "Retry", 1001, 1002)));

    assertThat(timeline.waits()).containsExactly(20, 20, 20, 30);
    assertThat(timeline.calls()).isEqualTo(6);
    assertThat(timeline.rows()).as("GetItem, UpdateItem, Query, PutItem").isEqualTo(4);
  }
}
