package dev.keepwarm.reader.opentelemetry;

import java.util.List;

/** The observation of a reader's counters. Thread-safe. */
public final class Observation implements AutoCloseable {
  private final List<AutoCloseable> counters;

  Observation(List<AutoCloseable> counters) {
    this.counters = List.copyOf(counters);
  }

  /** Ends the observation. */
  @Override
  public void close() {
    for (AutoCloseable counter : counters) {
      try {
        counter.close();
      } catch (Exception e) {
        throw new IllegalStateException("a counter cannot be closed", e);
      }
    }
  }
}
