package dev.keepwarm.bench.scale;

import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Table;
import dev.keepwarm.cli.cost.Alternative;
import dev.keepwarm.cli.cost.Estimate;
import dev.keepwarm.cli.cost.Prices;
import dev.keepwarm.cli.cost.Workload;
import java.time.Duration;
import java.util.List;

/** The cost of a month for a million credentials with Keepwarm and with its alternatives. */
final class MonthlyCost {
  private static final long CREDENTIALS = 1_000_000;
  private static final List<Long> READS =
      List.of(10_000_000L, 100_000_000L, 1_000_000_000L, 10_000_000_000L);
  private static final List<Duration> TTLS = List.of(Duration.ofMinutes(15), Duration.ofHours(6));

  private MonthlyCost() {}

  static void report(Result result) {
    Prices prices = Prices.load();
    Table table =
        result
            .table("cost", "A month of 1 million credentials, ten a tenant", "$")
            .line("reads a month", "with");
    for (Duration ttl : TTLS) {
      String with = "Keepwarm, ttl " + hours(ttl);
      READS.forEach(reads -> add(table, with, reads, Estimate.of(load(reads, ttl), prices)));
    }
    for (Alternative alternative : Alternative.values()) {
      READS.forEach(reads ->
          add(
              table,
              alternative.label(),
              reads,
              alternative.estimate(load(reads, TTLS.getFirst()), prices)));
    }
    result.note(
        ("Costs come from `keepwarm cost --compare`: %s, %s, %s. Reads are those that the callers'"
                + " own caches do not answer.")
            .formatted(prices.region(), prices.asOf(), prices.source()));
    result.note(
        "The awaited decryptor is assumed to be a Java function of 1 GB. It takes 20 ms warm and"
            + " 1.2 s cold, and it is cold for one read in a hundred. No figure includes what"
            + " callers pay for waiting.");
    for (Duration ttl : TTLS) {
      result.note(
          ("With `ttl` %s, Keepwarm is cheaper than the awaited decryptor only beyond %,.0f reads"
                  + " per credential and month, because it refreshes even if nothing is read. In"
                  + " return, callers do not wait.")
              .formatted(hours(ttl), breakEven(ttl, prices) / CREDENTIALS));
    }
  }

  /** The number of reads per month at which Keepwarm costs as much as an awaited decryptor. */
  private static double breakEven(Duration ttl, Prices prices) {
    long many = READS.getLast();
    double none = ahead(load(0, ttl), prices);
    return many * none / (none - ahead(load(many, ttl), prices));
  }

  /** How many dollars Keepwarm costs more than an awaited decryptor. */
  private static double ahead(Workload load, Prices prices) {
    return Estimate.of(load, prices).dollars()
        - Alternative.AWAITED_DECRYPTOR.estimate(load, prices).dollars();
  }

  static String hours(Duration ttl) {
    return ttl.toHours() == 0 ? ttl.toMinutes() + " min" : ttl.toHours() + " h";
  }

  private static void add(Table table, String with, long reads, Estimate estimate) {
    table
        .row(
            with + "-" + reads,
            "%s, %,d million reads".formatted(with, reads / 1_000_000),
            estimate.dollars())
        .with("with", with)
        .with("reads a month", reads);
  }

  private static Workload load(long reads, Duration ttl) {
    Workload usual = Workload.of(CREDENTIALS, ttl);
    return new Workload(
        usual.credentials(),
        usual.perTenant(),
        ttl,
        usual.slots(),
        reads,
        usual.missShare(),
        usual.unwrapShare(),
        usual.changes(),
        usual.sealedPerSecond());
  }
}
