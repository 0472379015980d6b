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

  /** How long an entry is, in KB. */
  static final double ENTRY = 1.0;

  /** How long an original is, in KB. */
  static final double ORIGINAL = 0.6;

  /** How long a tenant of the wheel is for which somebody vouches, in KB. */
  static final double SEALING = 0.12;

  /** A record that names nobody, with its key and the other attributes of its item. */
  private static final double RECORD_BYTES = 200;

  /** Assumed: a read of the table, and what Lambda bills at least. */
  private static final double SECONDS_OF_A_WARM_UP = 0.01;

  private static final double MILLION = 1e6;
  private static final double GIGABYTE = 1024.0 * 1024 * 1024;

  /** Copies the list. */
  public Estimate {
    lines = List.copyOf(lines);
  }

  /** Works a month out in which every turn seals every entry anew. */
  public static Estimate of(Workload load, Prices prices) {
    return new Estimate(new Sum(load, prices, load.turns()).sealing());
  }

  /**
   * Works a month out in which freshness records vouch for entries that did not change: a turn
   * compares every tenant with the source, and seals only who changed or was sealed long ago.
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

  /**
   * The read units of comparing a tenant, which is an eventually consistent query: half of that.
   */
  static double comparedUnits(double credentials) {
    return units(credentials, ORIGINAL) / 2;
  }

  /** How long a record is that names so many tenants, with its item. */
  static double record(double tenants) {
    return (RECORD_BYTES + Vouching.ID_LENGTH * tenants) / 1024;
  }

  /** Adds up. Not thread-safe. */
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

      // An entry is one write.
      millions("DynamoDB", "entries sealed, writes", sealed, "dynamodb.millionWrites");
      changesWritten(3, 3);
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
      // Whose change or resolve takes away what a tenant is vouched for by is sealed again.
      double seals = load.tenants() * load.seals() + load.changes() + resolves;
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
      millions("DynamoDB", "what was sealed, writes", seals, "dynamodb.millionWrites");
      // A change gives the tenant another generation, before and after. A resolve takes it away,
      // and the next check begins another.
      changesWritten(5, 5);
      millions(
          "DynamoDB",
          "seals, reads of cache and source",
          seals * ofTenant(),
          "dynamodb.millionReads");
      wheelRead(SEALING);
      // A process that does not know the data key does not hold the record either; it asks for the
      // next one a turn later. Records are read eventually consistent.
      millions(
          "DynamoDB",
          "readers, reads",
          readersReads() + 2 * load.reads() * load.unwrapShare() / 2,
          "dynamodb.millionReads");
      storage(SEALING);

      line("KMS", "the key", 1, "kms.keyMonth", 1);
      millions("KMS", "data keys made", 30.0 * load.tenants(), "kms.millionRequests");
      // A seal a day comes with a new data key, which nobody has to open.
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

    /** A resolve writes its lease, the entry and the wheel; a change its fence, and the same. */
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
     * @param events how many a turn has of tenants that are due
     * @param busy for how many seconds decryptors decrypt, seal or compare
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

    /** How many requests publish the wheel once round. */
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
     * How often a turn writes a record: of each slot, and of each part of one that is too large.
     */
    private double rounds() {
      return load.usedSlots() * Math.ceil(ofSlot() / Events.MAX_TENANTS);
    }

    /** How many events one turn has if slots stay together. */
    private double slotEvents() {
      // Slots differ by chance: so many of them fit nearly always.
      double together = Math.floor(Events.MAX_TENANTS / (ofSlot() + 2 * Math.sqrt(ofSlot())));
      double chunks = Math.min(chunks(), load.usedSlots());
      return together < 1 ? rounds() : chunks * Math.ceil(load.usedSlots() / chunks / together);
    }

    /** How many tenants a slot has that has any. */
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
