package dev.keepwarm.bench.reader;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.reader.KeepwarmReader;
import java.time.Duration;
import java.util.Locale;

/**
 * A caller's whole process on a small CPU: {@code SmallCpuRead create|prime TENANT NAME} makes a
 * reader, primes it with {@code prime}, reads one credential and prints one line: the milliseconds
 * of each of these three steps and of the process's CPU time, and {@link #DONE} or the code of the
 * error. The environment names the endpoints. The credential is not printed.
 */
public final class SmallCpuRead {
  /** The outcome of a read that succeeded. */
  static final String DONE = "read";

  private SmallCpuRead() {}

  /** See the class's comment. */
  public static void main(String[] arguments) {
    long start = System.nanoTime();
    KeepwarmReader reader = KeepwarmReader.create();
    long created = System.nanoTime();
    if (arguments[0].equals("prime")) {
      reader.prime();
    }
    long primed = System.nanoTime();
    String outcome = DONE;
    try {
      reader.get(arguments[1], arguments[2]);
    } catch (KeepwarmException e) {
      outcome = e.code().name();
    }
    long end = System.nanoTime();
    Duration cpu = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    System.out.println(
        String.format(
            Locale.ROOT,
            "%.3f %.3f %.3f %d %s",
            (created - start) / 1e6,
            (primed - created) / 1e6,
            (end - primed) / 1e6,
            cpu.toMillis(),
            outcome));
    System.exit(0);
  }
}
