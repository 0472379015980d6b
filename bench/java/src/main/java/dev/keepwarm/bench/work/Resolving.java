package dev.keepwarm.bench.work;

import dev.keepwarm.bench.Originals;
import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Table;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.decryptor.DecryptorComposition;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.source.DynamoSource;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A resolve of a scheme with a slow key derivation, over HTTP: the first of a process, and one
 * after the process has derived the key.
 */
final class Resolving {
  private static final int ROUNDS = 25;
  private static final int WARM_UP = 10;

  private final DynamoDbClient dynamoDb;
  private final String table;
  private final CredentialId id;

  private Resolving(DynamoDbClient dynamoDb, String table, CredentialId id) {
    this.dynamoDb = dynamoDb;
    this.table = table;
    this.id = id;
  }

  static void measure(Result result, Run run, LocalDeployment stack, Originals originals) {
    DynamoDbClient dynamoDb = stack.clients().dynamoDb();
    String tenant = "resolved";
    DynamoSource source = new DynamoSource(dynamoDb, stack.resources().names().sourceTable());
    Tenants.rows(originals, tenant).forEach(row -> source.put(row, 0));
    Map<String, String> environment = new LinkedHashMap<>(stack.environment());
    environment.put("KEEPWARM_PROFILES", originals.profiles(stack.kms()));
    Resolving resolving =
        new Resolving(
            dynamoDb,
            stack.resources().names().cacheTable(),
            Tenants.ids(tenant).findFirst().orElseThrow());
    int rounds = run.pick(ROUNDS, 1);
    double[] first = new double[rounds];
    double[] warm = new double[rounds];
    double[] derivation = new double[rounds];
    try (DecryptorComposition process =
        DecryptorComposition.of(
            environment,
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))) {
      for (int round = -run.pick(WARM_UP, 0); round < rounds; round++) {
        resolving.forget();
        process.decryptor().clear();
        double firstTook = millis(() -> resolving.resolve(process));
        resolving.forget();
        double warmTook = millis(() -> resolving.resolve(process));
        double derivationTook =
            millis(() -> {
              if (originals.derive().length == 0) {
                throw new IllegalStateException("nothing was derived");
              }
            });
        if (round >= 0) {
          first[round] = firstTook;
          warm[round] = warmTook;
          derivation[round] = derivationTook;
        }
      }
    }
    Table rows = result.table("resolve", "Resolve of a PBKDF2 scheme, over HTTP", "ms");
    rows.row("first", "the process has no keys yet: profile's secret, derivation, data key", first);
    rows.row("warm", "the process has derived the key before", warm);
    rows.row("derivation", "the derivation alone, by the JDK", derivation);
  }

  /** Drops the entry, so that the next resolve must decode. */
  private void forget() {
    dynamoDb.deleteItem(r ->
        r.tableName(table)
            .key(
                Map.of(
                    EntrySchema.TENANT, AttributeValue.fromS(id.tenant()),
                    EntrySchema.NAME, AttributeValue.fromS(id.name()))));
  }

  private void resolve(DecryptorComposition process) {
    ResolveRequest request = new ResolveRequest(id.tenant(), id.name(), null);
    if (!(process.decryptor().resolve(request, () -> 60_000) instanceof ResolveAnswer.Resolved)) {
      throw new IllegalStateException("a resolve was refused");
    }
  }

  private static double millis(Runnable step) {
    long before = System.nanoTime();
    step.run();
    return (System.nanoTime() - before) / 1e6;
  }
}
