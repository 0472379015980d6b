package dev.keepwarm.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.ResolveAnswer;
import java.nio.charset.StandardCharsets;

/**
 * The payload of an answer to a resolve, with items in it. The result is entries, a refusal, or one
 * of two error codes. A parsed answer that Keepwarm writes again parses to the same.
 */
class AnswerFuzzTest {
  @FuzzTest(maxDuration = "", maxExecutions = 1_000_000)
  void parses(byte[] payload) {
    ResolveAnswer answer;
    try {
      answer = ResolveAnswer.parse(new String(payload, StandardCharsets.UTF_8));
    } catch (KeepwarmException e) {
      if (e.code() != ErrorCode.UNAVAILABLE && e.code() != ErrorCode.TAMPERED) {
        throw new AssertionError("an unexpected code", e);
      }
      return;
    }
    if (!ResolveAnswer.parse(answer.toJson()).equals(answer)) {
      throw new AssertionError("not the same when it is written and read: " + answer);
    }
  }
}
