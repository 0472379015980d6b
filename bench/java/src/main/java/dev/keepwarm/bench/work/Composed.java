package dev.keepwarm.bench.work;

import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.decryptor.DecryptorComposition;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A decryptor, composed as on Lambda. The metrics in its log show what it did. */
final class Composed implements AutoCloseable {
  private static final int TIME_LEFT = 60_000;

  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final DecryptorComposition process;

  /** A decryptor with these environment variables. */
  Composed(Map<String, String> environment) {
    process =
        DecryptorComposition.of(environment, new PrintStream(log, true, StandardCharsets.UTF_8));
  }

  /**
   * Passes it messages, one after the other.
   *
   * @throws IllegalStateException if one of them fails
   */
  void handle(List<Decryptor.Message> messages) {
    for (Decryptor.Message message : messages) {
      if (!process.decryptor().handle(List.of(message), () -> TIME_LEFT).isEmpty()) {
        throw new IllegalStateException("a message failed");
      }
    }
  }

  /**
   * Checks that it did the measured work.
   *
   * @param expected the sum of a metric since the last call
   * @throws IllegalStateException if it did not
   */
  void expect(String metric, int expected) {
    expect(metric, expected, expected);
  }

  /**
   * Checks that it did the measured work, or nearly all of it.
   *
   * @param least the least sum of a metric since the last call
   * @param most the greatest
   * @throws IllegalStateException if it did not
   */
  void expect(String metric, int least, int most) {
    int sum = 0;
    Matcher line =
        Pattern.compile("\"" + metric + "\":(\\d+)").matcher(log.toString(StandardCharsets.UTF_8));
    while (line.find()) {
      sum += Integer.parseInt(line.group(1));
    }
    log.reset();
    if (sum < least || sum > most) {
      throw new IllegalStateException(metric + ": " + sum + " instead of " + least + " to " + most);
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
