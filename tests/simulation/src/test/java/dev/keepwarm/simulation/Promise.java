package dev.keepwarm.simulation;

import java.util.ArrayList;
import java.util.List;

/** What the sender of a change may rely on once it is acknowledged. */
final class Promise {
  private final List<Part> parts = new ArrayList<>();
  private long acknowledgedAt = Long.MAX_VALUE;

  /** What holds of one credential from {@code acknowledgedAt} on. */
  static final class Part {
    final long oldestSerial;

    /** No value after this one is revoked: it was not there when the event was published. */
    final long lastSerial;

    final boolean told;
    long revokedVersion;
    long acknowledgedAt = Long.MAX_VALUE;

    /**
     * A part.
     *
     * @param oldestSerial no value before this one may be returned
     * @param revokedVersion neither this version nor one before may be returned; -1 if any may
     * @param lastSerial no value after this one is revoked by it
     * @param told whether the event said which version it speaks of
     */
    Part(long oldestSerial, long revokedVersion, long lastSerial, boolean told) {
      this.oldestSerial = oldestSerial;
      this.lastSerial = lastSerial;
      this.revokedVersion = revokedVersion;
      this.told = told;
    }
  }

  /** Whether it was acknowledged. */
  boolean isKept(long now) {
    return acknowledgedAt <= now;
  }

  void add(Part part) {
    parts.add(part);
  }

  void acknowledge(long now) {
    acknowledgedAt = Math.min(acknowledgedAt, now);
    parts.forEach(part -> part.acknowledgedAt = Math.min(part.acknowledgedAt, now));
  }
}
