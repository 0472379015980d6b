package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/**
 * A process with a reader, as its environment sets it up. Prints {@code near} once it has {@code
 * acme bank}. Gets it again until a lookup in the background has begun, waits until that has met
 * its deadline, and prints {@code ended}. After that it gets it once for each line that it is sent,
 * and prints what it got.
 */
final class FrozenReader {
  private static final CredentialId BANK = new CredentialId("acme", "bank");

  private FrozenReader() {}

  public static void main(String[] arguments) throws IOException {
    try (KeepwarmReader reader = KeepwarmReader.create();
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      while (!get(reader).equals("old")) {
        pause();
      }
      System.out.println("near");
      long before = 0;
      while (reader.stats().refreshes() == 0) {
        before = reader.stats().timeouts();
        String unused = get(reader);
        pause();
      }
      while (reader.stats().timeouts() == before) {
        pause();
      }
      System.out.println("ended");
      while (in.readLine() != null) {
        System.out.println(get(reader));
      }
    }
  }

  /** Yields the processor to other threads, because the machine may have few processors. */
  private static void pause() {
    LockSupport.parkNanos(1_000_000);
  }

  private static String get(KeepwarmReader reader) {
    try {
      return reader.get(BANK).text();
    } catch (KeepwarmException e) {
      return e.code().name();
    }
  }
}
