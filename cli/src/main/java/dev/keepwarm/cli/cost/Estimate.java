package dev.keepwarm.cli.cost;

import dev.keepwarm.core.internal.Events;
import dev.keepwarm.engine.Sizing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a month costs, line by line. Where the protocol leaves it open, the dearer case is taken: a
 * message comes alone, and a decryptor remembers no data key across 10,000 tenants. Immutable.
 *
 * @param lines in the order of the parts
 */
public record Estimate(List<Line> lines) {
  /** One cause of cost. */
  public record Line(String service, String what, double quantity, double dollars) {}

  private static final double TICKS = Workload.MONTH / 60;

  /** Lambda polls a queue five times at once, 20 s each, even if there is nothing. */
  private static final double IDLE_POLLS = 3 * 5 * Workload.MONTH / 20;

  /** Decryptors that come and go in a day; each unwraps the keys it remembers once. */
  private static final int PROCESSES_A_DAY = 10;

  /**
   * How many tenants a warmer publishes in a second: assumed; {@code bench/run scale} measures it.
   */
  private static final double PUBLISHED_PER_SECOND = 20_000;

  private static final double MILLION = 1e6;
  private static final double GIGABYTE = 1024.0 * 1024 * 1024;

  /** Copies the list. */
  public Estimate {
    lines = List.copyOf(lines);
  }

  /** Works a month out. */
  public static Estimate of(Workload load, Prices prices) {
    return new Estimate(new Sum(load, prices).lines());
  }

  /** All lines together, in dollars. */
  public double dollars() {
    return lines.stream().mapToDouble(Line::dollars).sum();
  }

  /** The lines of one service together, in dollars. */
  public double dollars(String service) {
    return lines.stream()
        .filter(line -> line.service().equals(service))
        .mapToDouble(Line::dollars)
        .sum();
  }

  /** The JSON of it. */
  public Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put(
        "lines",
        lines.stream()
            .map(line -> {
              Map<String, Object> one = new LinkedHashMap<>();
              one.put("service", line.service());
              one.put("what", line.what());
              one.put("quantity", line.quantity());
              one.put("dollars", line.dollars());
              return one;
            })
            .toList());
    json.put("dollars", dollars());
    return json;
  }

  /** The read units of a strongly consistent query: one for each 4 KB begun. */
  static double units(double items, double kilobytes) {
    return Math.max(1, Math.ceil(items * kilobytes / 4));
  }

  /** Adds up. Not thread-safe. */
  private static final class Sum {
    private final Workload load;
    private final Prices prices;
    private final List<Line> lines = new ArrayList<>();

    Sum(Workload load, Prices prices) {
      this.load = load;
      this.prices = prices;
    }

    List<Line> lines() {
      double sealed = load.credentials() * load.turns();
      double refreshes = load.tenants() * load.turns();
      double resolves = load.reads() * load.missShare();
      double due = dueEvents() * load.turns();

      // An entry is one write; a resolve writes its lease, the entry, and the lease's end.
      millions("DynamoDB", "entries sealed, writes", sealed, "dynamodb.millionWrites");
      millions(
          "DynamoDB",
          "resolves, changes and the cursor, writes",
          3 * resolves + 3.0 * load.changes() + load.turns() * chunks(),
          "dynamodb.millionWrites");
      millions(
          "DynamoDB",
          "refreshes, reads of cache and source",
          refreshes * (units(load.perTenant(), 1.0) + units(load.perTenant(), 0.6)),
          "dynamodb.millionReads");
      millions(
          "DynamoDB",
          "the wheel, reads",
          load.turns()
                  * load.slots()
                  * Math.max(0.5, units(load.tenants() / (double) load.slots(), 0.1) / 2)
              + TICKS,
          "dynamodb.millionReads");
      millions(
          "DynamoDB",
          "readers, reads",
          load.reads() + 3 * resolves + 3.0 * load.changes(),
          "dynamodb.millionReads");
      storage();

      line("KMS", "the key", 1, "kms.keyMonth", 1);
      millions("KMS", "data keys made", 30.0 * load.tenants(), "kms.millionRequests");
      millions("KMS", "data keys opened by decryptors", opened(refreshes), "kms.millionRequests");
      millions(
          "KMS",
          "data keys opened by readers",
          load.reads() * load.unwrapShare() + resolves,
          "kms.millionRequests");

      millions("EventBridge", "tenants due", due, "eventbridge.millionEvents");
      millions(
          "EventBridge",
          "changes, and what came of them",
          2.0 * load.changes(),
          "eventbridge.millionEvents");
      millions("EventBridge", "ticks", TICKS, "scheduler.millionInvocations");

      // Each message is sent, received and deleted.
      millions("SQS", "messages", 3 * (due + load.changes()), "sqs.millionRequests");
      millions("SQS", "polls that find nothing", IDLE_POLLS, "sqs.millionRequests");

      double decrypting = due + load.changes();
      millions("Lambda", "invocations", decrypting + resolves + TICKS, "lambda.millionRequests");
      gigabyteSeconds(
          "decryptor",
          decrypting * 0.02 + sealed / load.sealedPerSecond(),
          Sizing.DECRYPTOR_MEMORY);
      gigabyteSeconds("resolver", resolves * 0.1, Sizing.RESOLVER_MEMORY);
      gigabyteSeconds(
          "warmer", TICKS * 0.2 + refreshes / PUBLISHED_PER_SECOND, Sizing.WARMER_MEMORY);

      line("CloudWatch", "metrics", 30, "cloudwatch.metricMonth", 1);
      line("CloudWatch", "metrics that alarms look at", 25, "cloudwatch.alarmMetricMonth", 1);
      line("CloudWatch", "the dashboard", 1, "cloudwatch.dashboardMonth", 1);
      line(
          "CloudWatch",
          "logs, GB",
          (decrypting + resolves + TICKS) * 700 / GIGABYTE,
          "cloudwatch.gigabyteLogged",
          1);
      return lines;
    }

    private void storage() {
      double source = load.credentials() * Workload.ORIGINAL_BYTES / GIGABYTE;
      double wheel = load.tenants() * 100.0 / GIGABYTE;
      double cache = load.credentials() * 1024.0 / GIGABYTE;
      line("DynamoDB", "stored, GB", source + wheel + cache, "dynamodb.gigabyteMonth", 1);
      line("DynamoDB", "restorable, GB", source + wheel, "dynamodb.gigabyteMonthRestorable", 1);
    }

    /** How many requests publish the wheel once round. */
    private double chunks() {
      double ticks = TICKS / load.turns();
      return Math.max(Math.ceilDiv(load.slots(), Sizing.CHUNK), ticks);
    }

    /** How many events one turn has. */
    private double dueEvents() {
      double chunks = chunks();
      return Math.min(load.tenants(), chunks * Math.ceil(load.tenants() / chunks / Events.TENANTS));
    }

    private double opened(double refreshes) {
      return load.tenants() <= Sizing.REMEMBERED_KEYS
          ? Math.min(refreshes, 30.0 * PROCESSES_A_DAY * load.tenants())
          : refreshes;
    }

    private void gigabyteSeconds(String function, double seconds, int memory) {
      line(
          "Lambda",
          function + ", GB seconds",
          seconds * memory / 1024,
          "lambda.gigabyteSecondArm",
          1);
    }

    private void millions(String service, String what, double quantity, String price) {
      line(service, what, quantity, price, MILLION);
    }

    private void line(String service, String what, double quantity, String price, double per) {
      lines.add(new Line(service, what, quantity, quantity / per * prices.of(price)));
    }
  }
}
