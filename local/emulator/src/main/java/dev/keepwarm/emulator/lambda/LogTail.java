package dev.keepwarm.emulator.lambda;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;

/** The last 4 KB of an invocation's log, for {@code LogType=Tail}. Thread-safe. */
final class LogTail {
  private static final int MAX_BYTES = 4096;

  private final String requestId;
  private final StringBuilder text = new StringBuilder();

  public LogTail(String requestId) {
    this.requestId = requestId;
    add("START RequestId: " + requestId + " Version: $LATEST");
  }

  public synchronized void add(String line) {
    text.append(line).append('\n');
    // Keeps a few characters too many; the exact cut in bytes is made when it is encoded.
    if (text.length() > 2 * MAX_BYTES) {
      text.delete(0, text.length() - MAX_BYTES);
    }
  }

  /** The header's value, with the lines that Lambda adds at the end. */
  public synchronized String end(Duration took) {
    add("END RequestId: " + requestId);
    add(
        String.format(
            Locale.ROOT,
            "REPORT RequestId: %s\tDuration: %.2f ms",
            requestId,
            took.toNanos() / 1e6));
    byte[] all = text.toString().getBytes(StandardCharsets.UTF_8);
    byte[] last = Arrays.copyOfRange(all, Math.max(0, all.length - MAX_BYTES), all.length);
    return Base64.getEncoder().encodeToString(last);
  }
}
