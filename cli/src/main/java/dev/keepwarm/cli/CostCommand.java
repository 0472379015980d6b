package dev.keepwarm.cli;

import dev.keepwarm.cli.cost.Alternative;
import dev.keepwarm.cli.cost.Estimate;
import dev.keepwarm.cli.cost.Prices;
import dev.keepwarm.cli.cost.Workload;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.engine.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keepwarm cost}. */
@Command(
    name = "cost",
    description = {
      "Estimate what a month on AWS costs, from a price list.",
      "",
      "Estimates both ways of keeping credentials warm: sealing every entry again in each turn, "
          + "and freshness records.",
      "Needs no AWS account. Does not deduct free tiers or discounts."
    },
    footer = {
      "",
      "JSON: {\"region\", \"asOf\", \"lines\":[{\"service\", \"what\", \"quantity\", \"dollars\"}], "
          + "\"dollars\", \"records\":{\"lines\", \"dollars\"}}; with --compare also \"instead\":[{\"with\", \"lines\", "
          + "\"dollars\"}]."
    })
final class CostCommand implements Callable<Integer> {
  private static final long MOST = 1_000_000_000_000L;

  private final Io io;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Option(
      names = "--credentials",
      paramLabel = "N",
      required = true,
      converter = WholeNumberConverter.class,
      description = "Number of credentials to keep warm.")
  private long credentials;

  @Option(
      names = "--per-tenant",
      paramLabel = "N",
      defaultValue = "10",
      converter = WholeNumberConverter.class,
      description = "Credentials per tenant (default ${DEFAULT-VALUE}).")
  private long perTenant;

  @Option(
      names = "--ttl",
      paramLabel = "TIME",
      defaultValue = "15m",
      converter = TimeoutConverter.class,
      description = "Lifetime of an entry (default ${DEFAULT-VALUE}).")
  private Duration ttl = Settings.DEFAULTS.ttl();

  @Option(
      names = "--check-every",
      paramLabel = "TIME",
      description =
          "With freshness records: how often credentials are compared with the source, at most a "
              + "third of --ttl, which is the default.")
  private @Nullable String checkEvery;

  @Option(
      names = "--seal-life",
      paramLabel = "TIME",
      description =
          "With freshness records: how long a seal lasts, from twice --ttl to 7d (default 24h, or"
              + " twice --ttl if that is more).")
  private @Nullable String sealLife;

  @Option(
      names = "--reads",
      paramLabel = "N",
      converter = WholeNumberConverter.class,
      description = "Requests of readers to the table in a month (default 100 per credential).")
  private @Nullable Long reads;

  @Option(
      names = "--changes",
      paramLabel = "N",
      converter = WholeNumberConverter.class,
      description = "Rotations and other changes in a month (default 1 per credential).")
  private @Nullable Long changes;

  @Option(
      names = "--sealed-per-second",
      paramLabel = "N",
      defaultValue = "300",
      converter = WholeNumberConverter.class,
      description =
          "Credentials that one decryptor refreshes per second (default ${DEFAULT-VALUE}).")
  private long sealedPerSecond;

  @Option(
      names = "--checked-per-second",
      paramLabel = "N",
      defaultValue = "" + Workload.CHECKED_PER_SECOND,
      converter = WholeNumberConverter.class,
      description =
          "With freshness records: credentials that one decryptor compares per second (default "
              + "${DEFAULT-VALUE}).")
  private long checkedPerSecond;

  @Option(
      names = "--compare",
      description =
          "Also estimate Secrets Manager, and a decryptor that every read invokes and waits for.")
  private boolean compare;

  CostCommand(Io io) {
    this.io = io;
  }

  @Override
  public Integer call() {
    Workload load = workload();
    Prices prices = Prices.load();
    Estimate estimate = Estimate.of(load, prices);
    Estimate records = Estimate.ofRecords(load, prices);
    Map<Alternative, Estimate> instead = new EnumMap<>(Alternative.class);
    if (compare) {
      for (Alternative alternative : Alternative.values()) {
        instead.put(alternative, alternative.estimate(load, prices));
      }
    }
    if (common.json()) {
      io.json(json(prices, estimate, records, instead));
    } else {
      print(prices, estimate, records, instead);
    }
    return ExitCode.DONE.number();
  }

  private Workload workload() {
    if (ttl.compareTo(Duration.ofMinutes(6)) < 0) {
      throw CommandException.usage("--ttl: must be a duration from 6m to 1d, as in the stack");
    }
    Settings settings = settings();
    Workload usual = Workload.of(within("--credentials", credentials, 1, 1_000_000_000), ttl);
    return new Workload(
        credentials,
        (int) within("--per-tenant", perTenant, 1, 100_000),
        ttl,
        usual.slots(),
        within("--reads", reads == null ? usual.reads() : reads, 0, MOST),
        usual.missShare(),
        usual.unwrapShare(),
        within("--changes", changes == null ? usual.changes() : changes, 0, MOST),
        (int) within("--sealed-per-second", sealedPerSecond, 1, 1_000_000),
        settings.checkEvery(),
        settings.sealLife(),
        (int) within("--checked-per-second", checkedPerSecond, 1, 1_000_000));
  }

  /** The settings that functions would derive from the options; reports the same errors. */
  private Settings settings() {
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("KEEPWARM_TTL", ttl.toString());
    if (checkEvery != null) {
      variables.put("KEEPWARM_CHECK_EVERY", checkEvery);
    }
    if (sealLife != null) {
      variables.put("KEEPWARM_SEAL_LIFE", sealLife);
    }
    try {
      return Settings.of(variables);
    } catch (KeepwarmException e) {
      String code = e.code() + ": ";
      String message = String.valueOf(e.getMessage());
      throw CommandException.usage(
          (message.startsWith(code) ? message.substring(code.length()) : message)
              .replace("KEEPWARM_CHECK_EVERY", "--check-every")
              .replace("KEEPWARM_SEAL_LIFE", "--seal-life"));
    }
  }

  private void print(
      Prices prices, Estimate estimate, Estimate records, Map<Alternative, Estimate> instead) {
    Table table = new Table("SERVICE", "WHAT", "QUANTITY", "DOLLARS");
    add(table, estimate, "a month");
    add(table, records, "a month with freshness records");
    instead.forEach(
        (alternative, other) -> add(table, other, "a month with " + alternative.label()));
    table.print(io.out());
    io.out()
        .println(
            "Prices of " + prices.region() + " as of " + prices.asOf() + "; see docs/deploying.md");
  }

  private static void add(Table table, Estimate estimate, String sum) {
    for (Estimate.Line line : estimate.lines()) {
      table.add(
          line.service(), line.what(), format("%,.1f", line.quantity()), dollars(line.dollars()));
    }
    table.add("", sum, "", dollars(estimate.dollars()));
  }

  private Map<String, @Nullable Object> json(
      Prices prices, Estimate estimate, Estimate records, Map<Alternative, Estimate> instead) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("region", prices.region());
    json.put("asOf", prices.asOf());
    json.putAll(estimate.json());
    json.put("records", records.json());
    if (compare) {
      List<Map<String, @Nullable Object>> others = new ArrayList<>();
      instead.forEach((alternative, other) -> {
        Map<String, @Nullable Object> one = new LinkedHashMap<>();
        one.put("with", alternative.label());
        one.putAll(other.json());
        others.add(one);
      });
      json.put("instead", others);
    }
    return json;
  }

  private static long within(String option, long value, long least, long most) {
    if (value < least || value > most) {
      throw CommandException.usage(
          option + ": must be a whole number from " + least + " to " + most);
    }
    return value;
  }

  private static String dollars(double dollars) {
    return format("%,.2f", dollars);
  }

  private static String format(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
