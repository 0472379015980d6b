package dev.keepwarm.bench.work;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import dev.keepwarm.bench.Figures;
import dev.keepwarm.bench.FlameGraphs;
import dev.keepwarm.bench.Originals;
import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Table;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.decryptor.DecryptorComposition;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.source.DynamoSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Refreshes per second of CPU time of a whole decryptor, over HTTP, beside {@link BareLoop}.
 * DynamoDB is another process, and its time is not counted.
 */
final class Refreshes implements AutoCloseable {
  private static final int BATCHES = 5;
  private static final int TENANTS_OF_BATCH = 20;
  private static final int WARM_UP = 25;
  private static final int ROUNDS = 15;
  private static final int UNCOUNTED = -1;
  private static final Pattern SEALED = Pattern.compile("\"Sealed\":(\\d+)");

  /** The shortest there is, so that whatever the last round sealed is due in the next. */
  private static final Map<String, String> SETTINGS =
      Map.of("KEEPWARM_TTL", "3s", "KEEPWARM_SLOTS", "16");

  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final List<Decryptor.Message> messages = new ArrayList<>();
  private final int ofRound;
  private final long soft;
  private final DecryptorComposition process;
  private final BareLoop bare;
  private long sealedAt;

  /** What was measured of one variant, a value a round. */
  private static final class Spent {
    private final double[] perSecond;
    private final double[] kilobytes;

    Spent(int rounds) {
      perSecond = new double[rounds];
      kilobytes = new double[rounds];
    }
  }

  private Refreshes(LocalDeployment stack, Originals originals, int batches) {
    Map<String, String> environment = new LinkedHashMap<>(stack.environment());
    environment.putAll(SETTINGS);
    environment.put("KEEPWARM_PROFILES", originals.profiles(stack.kms()));
    ofRound = batches * TENANTS_OF_BATCH * Tenants.CREDENTIALS;
    soft = Settings.of(environment).lifetimes().soft();
    process =
        DecryptorComposition.of(environment, new PrintStream(log, true, StandardCharsets.UTF_8));
    bare = new BareLoop(stack, environment, originals, batches, TENANTS_OF_BATCH);
    DynamoSource source =
        new DynamoSource(stack.clients().dynamoDb(), stack.resources().names().sourceTable());
    for (int batch = 0; batch < batches; batch++) {
      List<String> tenants = Tenants.named("due-" + batch, TENANTS_OF_BATCH);
      for (String tenant : tenants) {
        Tenants.rows(originals, tenant).forEach(row -> source.put(row, 0));
      }
      messages.add(Tenants.due(tenants));
    }
  }

  static void measure(Result result, Run run, LocalDeployment stack, Originals originals)
      throws IOException {
    int rounds = run.pick(ROUNDS, 1);
    Spent keepwarm = new Spent(rounds);
    Spent queries = new Spent(rounds);
    Spent floor = new Spent(rounds);
    try (Refreshes all = new Refreshes(stack, originals, run.pick(BATCHES, 1))) {
      List<Runnable> turns = new ArrayList<>();
      for (int round = -run.pick(WARM_UP, 1); round < rounds; round++) {
        int of = round;
        turns.clear();
        turns.add(() -> all.keepwarm(keepwarm, of));
        turns.add(() -> all.spend(all.bare::runWithQueries, queries, of));
        turns.add(() -> all.spend(all.bare::run, floor, of));
        for (int i = 0; i < turns.size(); i++) {
          turns.get(Math.floorMod(round + i, turns.size())).run();
        }
      }
      new FlameGraphs(run, result)
          .of(
              "refresh",
              "Where a refresh's time goes",
              parts(),
              () -> all.keepwarm(new Spent(rounds), UNCOUNTED));
    }
    Table table =
        result
            .table("refreshes", "Refreshes, over HTTP", "per CPU second")
            .floor("floor")
            .bars(false);
    row(table, "keepwarm", "the decryptor: 20 tenants of 5 credentials a message", keepwarm);
    row(table, "queries", "a loop that decodes, seals and puts, with two bare Queries", queries);
    row(table, "floor", "a loop that decodes, seals and puts", floor);
    result.atLeast(
        "refreshes per CPU second, × a loop that only decodes, seals and puts",
        table.ratio("keepwarm", "floor"),
        0.7);
  }

  @Override
  public void close() {
    process.close();
    bare.close();
  }

  private static Map<String, String> parts() {
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put("puts, by the SDK", "DynamoDbClient.putItem");
    parts.put("queries, by the SDK", "DynamoDbClient.query");
    parts.put("decoding", "DotNetDecoder.decode");
    parts.put("sealing", "Envelope.seal");
    parts.put("the decryptor: what is due, in which order, items, threads", "dev/keepwarm");
    return parts;
  }

  private static void row(Table table, String id, String label, Spent spent) {
    table
        .row(id, label, spent.perSecond)
        .with("allocated, kB each", Figures.median(spent.kilobytes));
  }

  private void keepwarm(Spent spent, int round) {
    long due = sealedAt + soft - System.currentTimeMillis();
    if (due > 0) {
      Pauses.real().pause(Duration.ofMillis(due));
    }
    log.reset();
    spend(this::runDecryptor, spent, round);
    sealedAt = System.currentTimeMillis();
    int sealed = 0;
    Matcher line = SEALED.matcher(log.toString(StandardCharsets.UTF_8));
    while (line.find()) {
      sealed += Integer.parseInt(line.group(1));
    }
    if (sealed != ofRound) {
      throw new IllegalStateException(sealed + " refreshed instead of " + ofRound);
    }
  }

  private void runDecryptor() {
    for (Decryptor.Message message : messages) {
      if (!process.decryptor().handle(List.of(message), () -> 60_000).isEmpty()) {
        throw new IllegalStateException("a message failed");
      }
    }
  }

  /** Runs a round; one below 0 is not counted. */
  private void spend(Runnable work, Spent spent, int round) {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long cpu = system.getProcessCpuTime();
    long bytes = threads.getTotalThreadAllocatedBytes();
    work.run();
    long allocated = threads.getTotalThreadAllocatedBytes() - bytes;
    double seconds = (system.getProcessCpuTime() - cpu) / 1e9;
    if (round >= 0) {
      spent.perSecond[round] = ofRound / seconds;
      spent.kilobytes[round] = allocated / 1e3 / ofRound;
    }
  }
}
