package dev.keepwarm.warmer;

import dev.keepwarm.engine.snapshot.PrimingServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Runs one tick on an empty wheel, so that a snapshot holds the classes that a tick needs. */
final class Primer {
  private static final long MILLIS = 10_000;

  private Primer() {}

  /** Takes about a second in a fresh process. */
  static void run() {
    try (PrimingServer aws = PrimingServer.start((operation, request) -> "{}")) {
      Map<String, String> environment = new HashMap<>(aws.environment());
      environment.put("KEEPWARM_KMS_KEY", "priming");
      environment.put("KEEPWARM_DISCOVER_EVERY", "0");
      PrintStream nowhere =
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
      try (WarmerComposition composition = WarmerComposition.of(environment, nowhere)) {
        Warmer.Tick unused = composition.warmer().tick(() -> MILLIS);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
