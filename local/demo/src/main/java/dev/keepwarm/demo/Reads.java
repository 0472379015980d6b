package dev.keepwarm.demo;

import dev.keepwarm.core.CredentialId;
import java.util.function.Function;

/** Counts reads, and compares their values with the expected ones. Not thread-safe. */
final class Reads {
  private final DemoSet set;
  private long count;
  private long wrong;

  Reads(DemoSet set) {
    this.set = set;
  }

  /** Reads, with a stopwatch. */
  void timed(
      Latencies latencies, CredentialId id, long version, Function<CredentialId, String> read) {
    long start = System.nanoTime();
    String text = read.apply(id);
    latencies.add(System.nanoTime() - start);
    expect(id, version, text);
  }

  /** Counts a read whose value must be that of this version. */
  void expect(CredentialId id, long version, String text) {
    counted(text.equals(set.plaintext(id, version)));
  }

  /** Counts a read, whose value was right or not. */
  void counted(boolean right) {
    count++;
    wrong += right ? 0 : 1;
  }

  long count() {
    return count;
  }

  void check(Checks checks) {
    checks.add(
        "every value read equals the vector's plaintext",
        wrong == 0,
        count + " reads, " + wrong + " wrong",
        LookAt.ENTRY);
  }
}
