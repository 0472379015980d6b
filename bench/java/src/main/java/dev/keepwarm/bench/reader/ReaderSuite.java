package dev.keepwarm.bench.reader;

import dev.keepwarm.bench.JmhRounds;
import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Suite;
import dev.keepwarm.bench.Table;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.runner.RunnerException;

/** The Java reader's hot path, compared with its floors. */
public final class ReaderSuite implements Suite {

  @Override
  public Result measure(Run run) throws Exception {
    Result result = new Result("Reader hot path, Java");
    JmhRounds jmh = new JmhRounds(run);
    nearHits(result, jmh);
    unseals(result, jmh);
    try (SealedTable sealed = SealedTable.start(run.home())) {
      RoundTrips.measure(result, run, sealed);
      FirstReads.measure(result, run, sealed);
    }
    return result;
  }

  private static void nearHits(Result result, JmhRounds jmh) throws RunnerException {
    Table alone = result.table("near", "Near hit, one thread", "ns").floor("caffeine").bars(false);
    Map<String, JmhRounds.Measured> measured =
        jmh.run(NearHit.class, 1, "reader", "readerOfTexts", "caffeine", "caffeineWithoutExpiry");
    row(alone, measured, "reader", "`reader.get(id)`");
    row(alone, measured, "readerOfTexts", "`reader.get(tenant, name)`");
    row(alone, measured, "caffeine", "Caffeine, bounded and expiring");
    row(alone, measured, "caffeineWithoutExpiry", "Caffeine, bounded only");
    Table contended =
        result.table("near-contended", "Near hit, two threads", "ns").floor("caffeine");
    Map<String, JmhRounds.Measured> two = jmh.run(NearHit.class, 2, "reader", "caffeine");
    row(contended, two, "reader", "`reader.get(id)`");
    row(contended, two, "caffeine", "Caffeine, bounded and expiring");
    result.atMost("near hit, × a bare Caffeine get", alone.ratio("reader", "caffeine"), 3);
    result.atMost("near hit, ns", alone.median("reader"), 200);
    result.note(
        "A near hit reads two clocks: elapsed time to see whether the entry is still fresh, and"
            + " wall time for its hard expiry. The expiring cache reads one clock, and the bounded"
            + " one none.");
  }

  private static void unseals(Result result, JmhRounds jmh) throws RunnerException {
    Table table = result.table("unseal", "Unseal 256 bytes", "ns").floor("newCipher").bars(false);
    Map<String, JmhRounds.Measured> measured =
        jmh.run(Unseal.class, 1, "unseal", "newCipher", "reusedCipher");
    row(table, measured, "unseal", "`Envelope.unseal`");
    row(table, measured, "newCipher", "JCA AES-256-GCM, a new `Cipher` each time");
    row(table, measured, "reusedCipher", "JCA AES-256-GCM, one `Cipher` for all");
    result.atMost("unseal 256 bytes, ns", table.median("unseal"), 5000);
    result.atMost("unseal 256 bytes, × bare JCA", table.ratio("unseal", "newCipher"), 1.5);
  }

  private static void row(
      Table table, Map<String, JmhRounds.Measured> measured, String method, String label) {
    JmhRounds.Measured of = Objects.requireNonNull(measured.get(method));
    table.row(method, label, of.samples()).with("allocated, B", of.bytes());
  }
}
