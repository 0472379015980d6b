package dev.keepwarm.simulation;

import java.util.ArrayList;
import java.util.List;

/** The guarantee for the sender of a change once it is acknowledged. */
final class Promise {
  private final List<Part> parts = new ArrayList<>();
  private long acknowledgedAt = Long.MAX_VALUE;

  /** The guarantee for one credential from {@code acknowledgedAt} on. */
  static final class Part {
    final long oldestSerial;

    /** The last value that the event revokes: later ones did not exist when it was published. */
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
     * @param told whether the event named its version
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
