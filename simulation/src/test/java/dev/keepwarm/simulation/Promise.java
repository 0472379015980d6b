package dev.keepwarm.simulation;

import java.util.ArrayList;
import java.util.List;

/** What the sender of a change may rely on once it is acknowledged. */
final class Promise {
  private final List<Part> parts = new ArrayList<>();

  /** What holds of one credential from {@code acknowledgedAt} on. */
  static final class Part {
    final long oldestSerial;
    final boolean told;
    long revokedVersion;
    long acknowledgedAt = Long.MAX_VALUE;

    /**
     * A part.
     *
     * @param oldestSerial no value before this one may be returned
     * @param revokedVersion neither this version nor one before may be returned; -1 if any may
     * @param told whether the event said which version it speaks of
     */
    Part(long oldestSerial, long revokedVersion, boolean told) {
      this.oldestSerial = oldestSerial;
      this.revokedVersion = revokedVersion;
      this.told = told;
    }
  }

  void add(Part part) {
    parts.add(part);
  }

  void acknowledge(long now) {
    parts.forEach(part -> part.acknowledgedAt = Math.min(part.acknowledgedAt, now));
  }
}
