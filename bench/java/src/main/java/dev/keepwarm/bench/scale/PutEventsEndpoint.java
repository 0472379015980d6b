package dev.keepwarm.bench.scale;

import dev.keepwarm.engine.snapshot.PrimingServer;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * A minimal event bus: an endpoint on loopback that counts the entries of PutEvents and keeps
 * nothing, so that its cost does not distort the warmer's. With a quota, it refuses single entries
 * that exceed it. Thread-safe.
 */
final class PutEventsEndpoint implements AutoCloseable {
  /** A text that occurs once in each entry, and in no detail. */
  private static final String ENTRY = "\"DetailType\":";

  private static final double NANOS = 1e9;

  private final PrimingServer server;
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong accepted = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final Quota quota;

  private PutEventsEndpoint(Quota quota) throws IOException {
    this.quota = quota;
    this.server = PrimingServer.start((operation, request) -> answer(request));
  }

  /** An endpoint that accepts everything. */
  static PutEventsEndpoint unlimited() throws IOException {
    return new PutEventsEndpoint(new Quota(Double.POSITIVE_INFINITY, System::nanoTime));
  }

  /** An endpoint that accepts so many entries per second, and as many at once. */
  static PutEventsEndpoint limited(double entriesPerSecond) throws IOException {
    return new PutEventsEndpoint(new Quota(entriesPerSecond, System::nanoTime));
  }

  /** The endpoint's environment, with dummy credentials. */
  Map<String, String> environment() {
    return server.environment();
  }

  long requests() {
    return requests.get();
  }

  long accepted() {
    return accepted.get();
  }

  long refused() {
    return refused.get();
  }

  @Override
  public void close() {
    server.close();
  }

  private String answer(String request) {
    requests.incrementAndGet();
    StringBuilder results = new StringBuilder();
    int failed = 0;
    for (int at = request.indexOf(ENTRY); at >= 0; at = request.indexOf(ENTRY, at + 1)) {
      boolean taken = quota.take();
      failed += taken ? 0 : 1;
      results
          .append(results.isEmpty() ? "" : ",")
          .append(taken ? "{\"EventId\":\"0\"}" : "{\"ErrorCode\":\"ThrottlingException\"}");
      (taken ? accepted : refused).incrementAndGet();
    }
    return "{\"FailedEntryCount\":" + failed + ",\"Entries\":[" + results + "]}";
  }

  /** A token bucket that holds a second's worth. Thread-safe. */
  private static final class Quota {
    private final double perSecond;
    private final LongSupplier nanos;
    private double tokens;
    private long filledAt;

    Quota(double perSecond, LongSupplier nanos) {
      this.perSecond = perSecond;
      this.nanos = nanos;
      this.tokens = perSecond;
      this.filledAt = nanos.getAsLong();
    }

    synchronized boolean take() {
      if (Double.isInfinite(perSecond)) {
        return true;
      }
      long now = nanos.getAsLong();
      tokens = Math.min(perSecond, tokens + (now - filledAt) / NANOS * perSecond);
      filledAt = now;
      if (tokens < 1) {
        return false;
      }
      tokens--;
      return true;
    }
  }
}
