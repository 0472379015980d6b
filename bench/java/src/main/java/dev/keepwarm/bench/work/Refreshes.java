package dev.keepwarm.bench.work;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import dev.keepwarm.bench.Figures;
import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Table;
import dev.keepwarm.core.AwsClients;
import dev.keepwarm.core.DynamoSource;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.EntrySchema;
import dev.keepwarm.core.Envelope;
import dev.keepwarm.core.Fanout;
import dev.keepwarm.core.HttpClients;
import dev.keepwarm.core.Pauses;
import dev.keepwarm.core.Settings;
import dev.keepwarm.core.SourceRow;
import dev.keepwarm.decryptor.Composition;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.local.KeepwarmStack;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * Refreshes per second of CPU time of a whole decryptor, over HTTP, beside a loop that only
 * decodes, seals and puts: the same number of puts, as many at a time, by a client that is set up
 * the same. DynamoDB is another process, and its time is not counted.
 */
final class Refreshes implements AutoCloseable {
  private static final int BATCHES = 5;
  private static final int TENANTS_OF_BATCH = 20;
  private static final int OF_ROUND = BATCHES * TENANTS_OF_BATCH * Originals.OF_TENANT;
  private static final int WARM_UP = 25;
  private static final int ROUNDS = 15;
  private static final Pattern SEALED = Pattern.compile("\"Sealed\":(\\d+)");

  /** The shortest there is, so that whatever the last round sealed is due in the next. */
  private static final Map<String, String> TTL =
      Map.of("KEEPWARM_TTL", "3s", "KEEPWARM_SLOTS", "16");

  private final Settings settings = Settings.of(TTL);
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final List<Decryptor.Message> messages = new ArrayList<>();
  private final List<List<List<SourceRow.Original>>> batchesOfFloor = new ArrayList<>();
  private final Composition process;
  private final AwsClients clientsOfFloor;
  private final DynamoDbClient dynamoDb;
  private final String table;
  private final Floor floor;
  private final Fanout tenants = Fanout.bounded(settings.parallel());
  private final Fanout calls = Fanout.bounded(settings.parallel());
  private long sealedAt;

  /** What one round of one variant took. */
  private record Spent(double perSecond, double kilobytes) {}

  private Refreshes(KeepwarmStack stack, Originals originals) throws GeneralSecurityException {
    Map<String, String> environment = new LinkedHashMap<>(stack.environment());
    environment.putAll(TTL);
    environment.put("KEEPWARM_PROFILES", originals.profiles(stack.kms()));
    process = Composition.of(environment, new PrintStream(log, true, StandardCharsets.UTF_8));
    // As the composition has it.
    clientsOfFloor =
        new AwsClients(
            environment,
            HttpClients.pooled(2 * settings.parallel()),
            Duration.ofSeconds(10),
            Duration.ofSeconds(3));
    dynamoDb = clientsOfFloor.dynamoDb();
    table = stack.resources().names().cacheTable();
    floor =
        new Floor(
            originals.decoder(stack.kms()),
            Envelope.of(new SecureRandom()),
            stack.kms().generate("floor", System.currentTimeMillis()),
            settings.lifetimes());
    DynamoSource source = new DynamoSource(dynamoDb, stack.resources().names().sourceTable());
    for (int batch = 0; batch < BATCHES; batch++) {
      List<String> due = Originals.tenants("due-" + batch, TENANTS_OF_BATCH);
      for (String tenant : due) {
        originals.rows(tenant).forEach(row -> source.put(row, 0));
      }
      messages.add(Originals.due(due));
      List<List<SourceRow.Original>> known = new ArrayList<>();
      for (String tenant : Originals.tenants("floor-" + batch, TENANTS_OF_BATCH)) {
        known.add(originals.rows(tenant));
      }
      batchesOfFloor.add(known);
    }
  }

  static void measure(Result result, Run run, KeepwarmStack stack, Originals originals)
      throws GeneralSecurityException {
    int rounds = run.pick(ROUNDS, 1);
    double[] keepwarm = new double[rounds];
    double[] floor = new double[rounds];
    double[] keepwarmBytes = new double[rounds];
    double[] floorBytes = new double[rounds];
    try (Refreshes both = new Refreshes(stack, originals)) {
      for (int round = -run.pick(WARM_UP, 1); round < rounds; round++) {
        Spent ours;
        Spent least;
        if (round % 2 == 0) {
          ours = both.keepwarm();
          least = spend(both::runFloor);
        } else {
          least = spend(both::runFloor);
          ours = both.keepwarm();
        }
        if (round >= 0) {
          keepwarm[round] = ours.perSecond();
          keepwarmBytes[round] = ours.kilobytes();
          floor[round] = least.perSecond();
          floorBytes[round] = least.kilobytes();
        }
      }
    }
    Table table =
        result
            .table("refreshes", "Refreshes, over HTTP", "per CPU second")
            .floor("floor")
            .bars(false);
    table
        .row("keepwarm", "the decryptor: 20 tenants of 5 credentials a message", keepwarm)
        .with("allocated, kB each", Figures.median(keepwarmBytes));
    table
        .row("floor", "a loop that decodes, seals and puts", floor)
        .with("allocated, kB each", Figures.median(floorBytes));
    result.atLeast(
        "refreshes per CPU second, × a loop that only decodes, seals and puts",
        table.ratio("keepwarm", "floor"),
        0.7);
  }

  @Override
  public void close() {
    process.close();
    clientsOfFloor.close();
  }

  private Spent keepwarm() {
    long due = sealedAt + settings.lifetimes().soft() - System.currentTimeMillis();
    if (due > 0) {
      Pauses.real().pause(Duration.ofMillis(due));
    }
    log.reset();
    Spent spent = spend(this::runDecryptor);
    sealedAt = System.currentTimeMillis();
    int sealed = 0;
    Matcher line = SEALED.matcher(log.toString(StandardCharsets.UTF_8));
    while (line.find()) {
      sealed += Integer.parseInt(line.group(1));
    }
    if (sealed != OF_ROUND) {
      throw new IllegalStateException(sealed + " refreshed instead of " + OF_ROUND);
    }
    return spent;
  }

  private void runDecryptor() {
    for (Decryptor.Message message : messages) {
      if (!process.decryptor().handle(List.of(message)).isEmpty()) {
        throw new IllegalStateException("a message failed");
      }
    }
  }

  private void runFloor() {
    for (List<List<SourceRow.Original>> batch : batchesOfFloor) {
      tenants.each(batch, rows -> calls.each(rows, this::put));
    }
  }

  private void put(SourceRow.Original row) {
    Entry entry = floor.refresh(row, System.currentTimeMillis());
    dynamoDb.putItem(r -> r.tableName(table).item(EntrySchema.toItem(entry)));
  }

  private static Spent spend(Runnable round) {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long cpu = system.getProcessCpuTime();
    long bytes = threads.getTotalThreadAllocatedBytes();
    round.run();
    long allocated = threads.getTotalThreadAllocatedBytes() - bytes;
    double seconds = (system.getProcessCpuTime() - cpu) / 1e9;
    return new Spent(OF_ROUND / seconds, allocated / 1e3 / OF_ROUND);
  }
}
