package dev.keepwarm.bench.reader;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.reader.KeepwarmReader;
import java.time.Duration;
import java.util.Locale;

/**
 * A caller's whole process on a small CPU: {@code SmallCpuRead create|prime TENANT NAME} makes a
 * reader, primes it if it is told to, reads one credential and prints one line: how many
 * milliseconds each of the three took and all of the process's CPU time, and {@link #DONE} or the
 * code of the error. What it reads from it has in its environment. The credential is not printed.
 */
public final class SmallCpuRead {
  /** The outcome of a read that succeeded. */
  static final String DONE = "read";

  private SmallCpuRead() {}

  /** As the class's comment has it. */
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
