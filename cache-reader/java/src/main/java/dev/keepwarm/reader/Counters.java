package dev.keepwarm.reader;

import dev.keepwarm.core.KeepwarmException;
import java.util.concurrent.atomic.LongAdder;

/** The counters of a reader. Thread-safe. */
final class Counters {
  final LongAdder nearHits = new LongAdder();
  final LongAdder cacheReads = new LongAdder();
  final LongAdder misses = new LongAdder();
  final LongAdder resolves = new LongAdder();
  final LongAdder unwraps = new LongAdder();
  final LongAdder refreshes = new LongAdder();
  final LongAdder staleServed = new LongAdder();
  final LongAdder outages = new LongAdder();
  final LongAdder timeouts = new LongAdder();
  final LongAdder tampered = new LongAdder();
  final LongAdder wrongKeys = new LongAdder();
  final LongAdder rejections = new LongAdder();
  final LookupTimes times = new LookupTimes();

  /** Counts the failure of a lookup. */
  void count(KeepwarmException failure) {
    switch (failure.code()) {
      case TIMEOUT -> timeouts.increment();
      case TAMPERED -> tampered.increment();
      default -> {
        // The caller sees this failure. It has no counter.
      }
    }
  }

  ReaderStats snapshot() {
    return new ReaderStats(
        nearHits.sum(),
        cacheReads.sum(),
        misses.sum(),
        resolves.sum(),
        unwraps.sum(),
        refreshes.sum(),
        staleServed.sum(),
        outages.sum(),
        timeouts.sum(),
        tampered.sum(),
        wrongKeys.sum(),
        rejections.sum());
  }
}
