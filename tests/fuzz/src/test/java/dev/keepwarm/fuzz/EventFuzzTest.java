package dev.keepwarm.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * The body of a queue's message. The result is an event, or an error with one of two codes that
 * repeats no part of the body. A parsed event that Keepwarm writes again parses to the same.
 */
class EventFuzzTest {
  private static final int LONGEST_REASON = 200;

  @FuzzTest(maxDuration = "", maxExecutions = 1_000_000)
  void parses(byte[] body) {
    Event event;
    try {
      event = Events.parse(new String(body, StandardCharsets.UTF_8));
    } catch (KeepwarmException e) {
      check(e.code() == ErrorCode.INVALID_EVENT || e.code() == ErrorCode.INVALID_ID, e);
      check(String.valueOf(e.getMessage()).length() < LONGEST_REASON, e);
      return;
    }
    Event.Origin origin = event instanceof Event.Change change ? change.origin() : null;
    String written =
        "{%s\"source\":\"keepwarm\",\"detail-type\":\"%s\",\"detail\":%s}"
            .formatted(
                origin == null ? "" : written(origin),
                Events.detailType(event),
                Events.detail(event));
    if (!Events.parse(written).equals(event)) {
      throw new AssertionError("not the same when it is written and read: " + event);
    }
  }

  private static String written(Event.Origin origin) {
    return "\"time\":\"%s\",%s"
        .formatted(
            Instant.ofEpochMilli(origin.at()),
            origin.id() == null ? "" : "\"id\":\"" + origin.id() + "\",");
  }

  private static void check(boolean holds, KeepwarmException thrown) {
    if (!holds) {
      throw new AssertionError("an unexpected refusal", thrown);
    }
  }
}
