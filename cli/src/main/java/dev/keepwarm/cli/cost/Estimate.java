package dev.keepwarm.cli.cost;

import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Vouching;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.Sizing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The cost of a month, line by line. Where the protocol allows several cases, this assumes the more
 * expensive one: each batch has one message, and a decryptor remembers no data key across 10,000
 * tenants. Immutable.
 *
 * @param lines in the order of the parts
 */
public record Estimate(List<Line> lines) {
  /** One cause of cost. */
  public record Line(String service, String what, double quantity, double dollars) {}

  private static final double TICKS = Workload.MONTH / 60;

  /** Lambda keeps five long polls of 20 s per queue open, even if the queue is empty. */
  private static final double IDLE_POLLS = 3 * 5 * Workload.MONTH / 20;

  /** The number of decryptor processes in a day; each unwraps the keys that it remembers once. */
  private static final int PROCESSES_A_DAY = 10;

  /**
   * How many tenants a warmer publishes in a second. An assumption; {@code bench/run scale}
   * measures it.
   */
  private static final double PUBLISHED_PER_SECOND = 20_000;

  /** The size of an entry, in KB. */
  static final double ENTRY = 1.0;

  /** The size of an original, in KB. */
  static final double ORIGINAL = 0.6;

  /** The size of a tenant's item in the wheel if freshness records vouch for it, in KB. */
  static final double SEALING = 0.12;

  /** The size of a record without ids, with its key and the other attributes of its item. */
  private static final double RECORD_BYTES = 200;

  /** An assumption: a read of the table, and the least duration that Lambda bills. */
  private static final double SECONDS_OF_A_WARM_UP = 0.01;

  private static final double MILLION = 1e6;
  private static final double GIGABYTE = 1024.0 * 1024 * 1024;

  /** Copies the list. */
  public Estimate {
    lines = List.copyOf(lines);
  }

  /** Estimates a month in which every turn seals every entry again. */
  public static Estimate of(Workload load, Prices prices) {
    return new Estimate(new Sum(load, prices, load.turns()).sealing());
  }

  /**
   * Estimates a month in which freshness records vouch for unchanged entries. A turn compares every
   * tenant with the source, and seals only tenants that changed or were sealed long ago.
   */
  public static Estimate ofRecords(Workload load, Prices prices) {
    return new Estimate(new Sum(load, prices, load.checks()).vouching());
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

  /** The estimate as JSON. */
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

  /** The read units of a strongly consistent query: one for each 4 KB, rounded up. */
  static double units(double items, double kilobytes) {
    return Math.max(1, Math.ceil(items * kilobytes / 4));
  }

  /**
   * The read units of comparing a tenant, which is an eventually consistent query and costs half.
   */
  static double comparedUnits(double credentials) {
    return units(credentials, ORIGINAL) / 2;
  }

  /** The size of a record's item in KB, if the record names so many tenants. */
  static double record(double tenants) {
    return (RECORD_BYTES + Vouching.ID_LENGTH * tenants) / 1024;
  }

  /** Collects the lines. Not thread-safe. */
  private static final class Sum {
    private final Workload load;
    private final Prices prices;
    private final double turns;
    private final double resolves;
    private final List<Line> lines = new ArrayList<>();

    Sum(Workload load, Prices prices, double turns) {
      this.load = load;
      this.prices = prices;
      this.turns = turns;
      this.resolves = load.reads() * load.missShare();
    }

    List<Line> sealing() {
      double sealed = load.credentials() * turns;
      double refreshes = load.tenants() * turns;

      // Storing an entry is one write.
      millions("DynamoDB", "entries sealed, writes", sealed, "dynamodb.millionWrites");
      // A change takes the generation away that the tenant may have had with records. DynamoDB
      // charges for these two writes even if their condition fails.
      changesWritten(3, 5);
      millions(
          "DynamoDB",
          "refreshes, reads of cache and source",
          refreshes * ofTenant(),
          "dynamodb.millionReads");
      wheelRead(0.1);
      millions("DynamoDB", "readers, reads", readersReads(), "dynamodb.millionReads");
      storage(0.1);

      line("KMS", "the key", 1, "kms.keyMonth", 1);
      millions("KMS", "data keys made", 30.0 * load.tenants(), "kms.millionRequests");
      millions("KMS", "data keys opened by decryptors", opened(refreshes), "kms.millionRequests");
      keysOpenedByReaders();
      others(dueEvents(), sealed / load.sealedPerSecond());
      return lines;
    }

    List<Line> vouching() {
      double checks = load.tenants() * turns;
      // A change or a resolve ends the tenant's generation, so the tenant is sealed again.
      double due = load.tenants() * load.seals();
      double changed = load.changes() + resolves;
      double seals = due + changed;
      double sealed = seals * load.perTenant();
      double rounds = rounds() * turns;
      double together = checks / rounds;

      millions(
          "DynamoDB",
          "checks of the source, reads",
          checks * comparedUnits(load.perTenant()),
          "dynamodb.millionReads");
      millions(
          "DynamoDB",
          "checks of the wheel, reads",
          rounds * (units(together, SEALING) + units(1, record(together))),
          "dynamodb.millionReads");
      millions(
          "DynamoDB",
          "records, writes",
          rounds * Math.ceil(record(together)),
          "dynamodb.millionWrites");
      millions("DynamoDB", "entries sealed, writes", sealed, "dynamodb.millionWrites");
      // The state that was sealed, and before it a new generation if it is another state.
      millions("DynamoDB", "what was sealed, writes", seals + changed, "dynamodb.millionWrites");
      // A change renews the tenant's generation, once before and once after. A resolve removes it,
      // and the next check starts a new one.
      changesWritten(5, 5);
      millions(
          "DynamoDB",
          "seals, reads of cache, source and wheel",
          seals * ofTenant() + due * units(1, SEALING),
          "dynamodb.millionReads");
      wheelRead(SEALING);
      // A process that does not know the data key does not have the record either. It reads the
      // next record a turn later. Records are read eventually consistently.
      millions(
          "DynamoDB",
          "readers, reads",
          readersReads() + 2 * load.reads() * load.unwrapShare() / 2,
          "dynamodb.millionReads");
      storage(SEALING);

      line("KMS", "the key", 1, "kms.keyMonth", 1);
      millions("KMS", "data keys made", 30.0 * load.tenants(), "kms.millionRequests");
      // One seal a day uses a new data key, which the decryptor has in clear already.
      millions(
          "KMS",
          "data keys opened by decryptors",
          opened(Math.max(0, seals - 30.0 * load.tenants())),
          "kms.millionRequests");
      keysOpenedByReaders();
      others(
          slotEvents(),
          sealed / load.sealedPerSecond() + checks * load.perTenant() / load.checkedPerSecond());
      return lines;
    }

    /** A resolve writes its lease, the entry and the wheel; a change its fence, entry and wheel. */
    private void changesWritten(double aResolve, double aChange) {
      millions(
          "DynamoDB",
          "resolves, changes and the cursor, writes",
          aResolve * resolves + aChange * load.changes() + turns * chunks(),
          "dynamodb.millionWrites");
    }

    private void wheelRead(double kilobytes) {
      millions(
          "DynamoDB",
          "the wheel, reads",
          turns
                  * load.slots()
                  * Math.max(0.5, units(load.tenants() / (double) load.slots(), kilobytes) / 2)
              + TICKS,
          "dynamodb.millionReads");
    }

    /** The units of reading all entries and originals of a tenant. */
    private double ofTenant() {
      return units(load.perTenant(), ENTRY) + units(load.perTenant(), ORIGINAL);
    }

    private double readersReads() {
      return load.reads() + ofTenant() * (resolves + load.changes());
    }

    private void keysOpenedByReaders() {
      millions(
          "KMS",
          "data keys opened by readers",
          load.reads() * load.unwrapShare() + resolves,
          "kms.millionRequests");
    }

    /**
     * Events, queues, functions and CloudWatch.
     *
     * @param events how many events of due tenants a turn has
     * @param busy how many seconds decryptors decrypt, seal or compare
     */
    private void others(double events, double busy) {
      double due = events * turns;
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
      double warmUps = TICKS * Settings.DEFAULTS.keepResolversWarm();
      millions(
          "Lambda",
          "invocations",
          decrypting + resolves + TICKS + warmUps,
          "lambda.millionRequests");
      gigabyteSeconds("decryptor", decrypting * 0.02 + busy, Sizing.DECRYPTOR_MEMORY);
      gigabyteSeconds("resolver", resolves * 0.1, Sizing.RESOLVER_MEMORY);
      gigabyteSeconds("resolver kept warm", warmUps * SECONDS_OF_A_WARM_UP, Sizing.RESOLVER_MEMORY);
      gigabyteSeconds(
          "warmer",
          TICKS * 0.2 + load.tenants() * turns / PUBLISHED_PER_SECOND,
          Sizing.WARMER_MEMORY);

      line("CloudWatch", "metrics", 30, "cloudwatch.metricMonth", 1);
      line("CloudWatch", "metrics that alarms look at", 25, "cloudwatch.alarmMetricMonth", 1);
      line("CloudWatch", "the dashboard", 1, "cloudwatch.dashboardMonth", 1);
      line(
          "CloudWatch",
          "logs, GB",
          (decrypting + resolves + TICKS + warmUps) * 700 / GIGABYTE,
          "cloudwatch.gigabyteLogged",
          1);
    }

    private void storage(double ofTenant) {
      double source = load.credentials() * Workload.ORIGINAL_BYTES / GIGABYTE;
      double wheel = load.tenants() * 1000 * ofTenant / GIGABYTE;
      double cache = load.credentials() * 1024.0 / GIGABYTE;
      line("DynamoDB", "stored, GB", source + wheel + cache, "dynamodb.gigabyteMonth", 1);
      line("DynamoDB", "restorable, GB", source + wheel, "dynamodb.gigabyteMonthRestorable", 1);
    }

    /** How many requests publish one turn of the wheel. */
    private double chunks() {
      double ticks = TICKS / turns;
      return Math.max(Math.ceilDiv(load.slots(), Sizing.CHUNK), ticks);
    }

    /** How many events one turn has. */
    private double dueEvents() {
      double chunks = chunks();
      return Math.min(load.tenants(), chunks * Math.ceil(load.tenants() / chunks / Events.TENANTS));
    }

    /**
     * How many records a turn writes: one for each slot, or one for each part of a slot that is too
     * large for one event.
     */
    private double rounds() {
      return load.usedSlots() * Math.ceil(ofSlot() / Events.MAX_TENANTS);
    }

    /** How many events one turn has if slots stay together. */
    private double slotEvents() {
      // Slots differ in size by chance. This number of them nearly always fits in an event.
      double together = Math.floor(Events.MAX_TENANTS / (ofSlot() + 2 * Math.sqrt(ofSlot())));
      double chunks = Math.min(chunks(), load.usedSlots());
      return together < 1 ? rounds() : chunks * Math.ceil(load.usedSlots() / chunks / together);
    }

    /** The average number of tenants in a slot that is not empty. */
    private double ofSlot() {
      return load.tenants() / load.usedSlots();
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
