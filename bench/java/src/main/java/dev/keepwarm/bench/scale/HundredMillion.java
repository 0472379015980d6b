package dev.keepwarm.bench.scale;

import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Table;
import dev.keepwarm.cli.cost.Estimate;
import dev.keepwarm.cli.cost.Prices;
import dev.keepwarm.cli.cost.Workload;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Lifetimes;
import java.time.Duration;
import java.util.List;

/** The needs of a hundred million tenants, calculated from the measurement of one warmer. */
final class HundredMillion {
  private static final Population ALL = new Population(100_000_000);
  private static final long TICKS_A_MONTH = Duration.ofDays(30).toMinutes();
  private static final List<Duration> TTLS =
      List.of(
          Duration.ofMinutes(15), Duration.ofHours(1), Duration.ofHours(6), Duration.ofHours(24));

  private HundredMillion() {}

  /**
   * Adds the table.
   *
   * @param perSecond how many tenants one warmer publishes per second
   */
  static void report(double perSecond, Result result) {
    Prices prices = Prices.load();
    Table table =
        result.table(
            "hundred-million",
            "%s tenants of one credential each, worked out".formatted(ALL.label()),
            "tenants due a second");
    for (Duration ttl : TTLS) {
      double seconds = Lifetimes.of(ttl).turn() / 1000.0;
      double due = ALL.tenants() / seconds;
      long shards = (long) Math.ceil(due / perSecond);
      Workload usual = Workload.of(ALL.tenants(), ttl);
      Workload load =
          new Workload(
              usual.credentials(),
              1,
              ttl,
              ALL.slots(),
              usual.reads(),
              usual.missShare(),
              usual.unwrapShare(),
              usual.changes(),
              usual.sealedPerSecond());
      Estimate estimate = Estimate.of(load, prices);
      table
          .row("ttl-" + ttl.toMinutes(), "`ttl` " + MonthlyCost.hours(ttl), due)
          .with("slots a tick", ALL.slots() / (seconds / 60))
          .with("tenants a tick", due * 60)
          .with("PutEvents entries a second", due / Events.TENANTS)
          .with("of 10,000", due / Events.TENANTS / LargeTick.HIGHEST_QUOTA)
          .with("of 400", due / Events.TENANTS / LargeTick.LOWEST_QUOTA)
          .with("shards", shards)
          .with("warmer invocations a month", shards * TICKS_A_MONTH)
          .with("$ a month", estimate.dollars());
    }
    result.note(
        ("%s tenants need %,d slots, so that a slot has %,d, as here. A warmer holds 32 slots in"
                + " memory at a time.")
            .formatted(ALL.label(), ALL.slots(), Population.PER_SLOT));
    result.note(
        ("Here, a warmer published %,.0f tenants a second, which is at most %,.0f in the minute of"
                + " a tick. *Shards* is the number of warmers that could publish everything as soon"
                + " as it is due, each with its own range of slots and its own cursor. **The"
                + " product has one warmer and no shards.** Where the table says more than 1, it"
                + " falls behind and entries become cold. In that case, choose a longer `ttl`, or"
                + " run several stacks, each with a part of the tenants.")
            .formatted(perSecond, perSecond * 60));
    result.note(
        ("*Of 10,000* and *of 400* are shares of the quota of PutEvents in us-east-1 and in the"
                + " Regions with the lowest one, if each entry counts. The quota can be raised. An"
                + " entry names %d tenants, and a request has 10 entries.")
            .formatted(Events.TENANTS));
  }
}
