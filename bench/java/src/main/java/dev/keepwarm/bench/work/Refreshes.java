package dev.keepwarm.bench.work;

import dev.keepwarm.bench.FlameGraphs;
import dev.keepwarm.bench.Originals;
import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Table;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.source.DynamoSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Refreshes per second of CPU time of a whole decryptor, over HTTP, compared with {@link BareLoop}
 * and {@link Checks}. DynamoDB is another process, whose time is not counted.
 */
final class Refreshes implements AutoCloseable {
  private static final int BATCHES = 5;
  private static final int TENANTS_OF_BATCH = 20;
  private static final int WARM_UP = 25;
  private static final int ROUNDS = 15;
  private static final int UNCOUNTED = -1;

  /** The shortest possible, so that entries sealed in one round are due in the next. */
  private static final Map<String, String> SETTINGS =
      Map.of("KEEPWARM_TTL", "3s", "KEEPWARM_SLOTS", "16");

  private final List<Decryptor.Message> messages = new ArrayList<>();
  private final int ofRound;
  private final long soft;
  private final Composed decryptor;
  private final BareLoop bare;
  private long sealedAt;

  private Refreshes(LocalDeployment stack, Originals originals, int batches) {
    Map<String, String> environment = new LinkedHashMap<>(stack.environment());
    environment.putAll(SETTINGS);
    environment.put("KEEPWARM_PROFILES", originals.profiles(stack.kms()));
    ofRound = batches * TENANTS_OF_BATCH * Tenants.CREDENTIALS;
    soft = Settings.of(environment).lifetimes().soft();
    decryptor = new Composed(environment);
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
    Spent checked = new Spent(rounds);
    int batches = run.pick(BATCHES, 1);
    try (Refreshes all = new Refreshes(stack, originals, batches);
        Checks checks = new Checks(stack, originals, batches * TENANTS_OF_BATCH)) {
      List<Runnable> turns = new ArrayList<>();
      for (int round = -run.pick(WARM_UP, 1); round < rounds; round++) {
        int of = round;
        turns.clear();
        turns.add(() -> all.keepwarm(keepwarm, of));
        turns.add(() -> queries.spend(all.bare::runWithQueries, of, all.ofRound));
        turns.add(() -> floor.spend(all.bare::run, of, all.ofRound));
        turns.add(() -> {
          checked.spend(checks::run, of, checks.credentials());
          checks.verify();
        });
        for (int i = 0; i < turns.size(); i++) {
          turns.get(Math.floorMod(round + i, turns.size())).run();
        }
      }
      FlameGraphs flames = new FlameGraphs(run, result);
      flames.of(
          "refresh",
          "Where a refresh's time goes",
          parts(),
          () -> all.keepwarm(new Spent(rounds), UNCOUNTED));
      flames.of("check", "Where a check's time goes", partsOfCheck(), checks::run);
    }
    Table table =
        result
            .table("refreshes", "Refreshes, over HTTP", "per CPU second")
            .floor("floor")
            .bars(false);
    keepwarm.row(
        table,
        "keepwarm",
        "the decryptor: %d tenants of %d credentials a message"
            .formatted(TENANTS_OF_BATCH, Tenants.CREDENTIALS));
    queries.row(table, "queries", "a loop that decodes, seals and puts, with two bare Queries");
    floor.row(table, "floor", "a loop that decodes, seals and puts");
    checked.row(table, "checks", "the decryptor with freshness records, where nothing changed");
    result.atLeast(
        "refreshes per CPU second, × a loop that only decodes, seals and puts",
        table.ratio("keepwarm", "floor"),
        0.7);
    result.atLeast("checks per CPU second, × refreshes", table.ratio("checks", "keepwarm"), 10);
  }

  @Override
  public void close() {
    decryptor.close();
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

  private static Map<String, String> partsOfCheck() {
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put("queries of the source, by the SDK", "DynamoSource.versions");
    parts.put("signing", "Signature.sign");
    parts.put("ids, digests, the record, threads", "dev/keepwarm");
    return parts;
  }

  private void keepwarm(Spent spent, int round) {
    long due = sealedAt + soft - System.currentTimeMillis();
    if (due > 0) {
      Pauses.real().pause(Duration.ofMillis(due));
    }
    spent.spend(() -> decryptor.handle(messages), round, ofRound);
    sealedAt = System.currentTimeMillis();
    decryptor.expect("Sealed", ofRound);
  }
}
