package dev.keepwarm.bench.reader;

import dev.keepwarm.bench.FlameGraphs;
import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Rounds;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Table;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.reader.Credential;
import dev.keepwarm.reader.KeepwarmReader;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;

/**
 * Reads without a near hit, over HTTP, compared with the SDK's bare request by the same client. The
 * data key is already unwrapped.
 */
final class RoundTrips {
  private static final int WARM_UP = 10;
  private static final int ROUNDS = 25;
  private static final int CALLS = 200;

  private RoundTrips() {}

  static void measure(Result result, Run run, SealedTable sealed) throws Exception {
    DynamoDbClient dynamoDb = sealed.clients().dynamoDb();
    CredentialId id = SealedTable.ids().getFirst();
    GetItemRequest getItem =
        GetItemRequest.builder()
            .tableName(sealed.name())
            .key(
                Map.of(
                    EntrySchema.TENANT, AttributeValue.fromS(id.tenant()),
                    EntrySchema.NAME, AttributeValue.fromS(id.name())))
            .consistentRead(true)
            .build();
    QueryRequest query =
        QueryRequest.builder()
            .tableName(sealed.name())
            .consistentRead(true)
            .keyConditionExpression("#tenant = :tenant")
            .expressionAttributeNames(Map.of("#tenant", EntrySchema.TENANT))
            .expressionAttributeValues(Map.of(":tenant", AttributeValue.fromS(id.tenant())))
            .build();
    Rounds rounds = new Rounds(run.pick(WARM_UP, 1), run.pick(ROUNDS, 1), run.pick(CALLS, 10));
    Map<String, Rounds.Taken> taken;
    try (KeepwarmReader reader =
        KeepwarmReader.builder()
            .environment(sealed.environment())
            .dynamoDb(dynamoDb)
            .kms(sealed.clients().kms())
            .nearTtl(Duration.ZERO)
            .build()) {
      taken =
          rounds
              .add("get", () -> reader.get(id))
              .add("vouched", () -> reader.get(SealedTable.VOUCHED))
              .add("getItem", () -> dynamoDb.getItem(getItem).item())
              .add("getAll", () -> reader.getAll(id.tenant()).credentials())
              .add("query", () -> dynamoDb.query(query).items())
              .run();
      Credential[] read = new Credential[1];
      new FlameGraphs(run, result)
          .of("read", "Where a cache read's time goes", parts(), () -> read[0] = reader.get(id));
    }
    Table one = result.table("cache", "Cache read", "µs").floor("getItem").bars(false);
    row(one, taken, "get", "`reader.get`, past the near cache");
    row(one, taken, "vouched", "the same, of an entry that a freshness record vouches for");
    row(one, taken, "getItem", "SDK `GetItem`, consistent");
    Table all =
        result
            .table("tenant", "All " + SealedTable.CREDENTIALS + " credentials of a tenant", "µs")
            .floor("query")
            .bars(false);
    row(all, taken, "getAll", "`reader.getAll`");
    row(all, taken, "query", "SDK `Query`, consistent");
    result.atMost("cache read, × a bare GetItem", one.ratio("get", "getItem"), 1.10);
    result.atMost(
        "cache read with a freshness record, × one without", one.ratio("vouched", "get"), 1.10);
    result.note(
        "Cache reads are called from one platform thread. Each sample is the median of "
            + CALLS
            + " calls. The reader makes each lookup on a thread of its own, so that its deadline"
            + " holds whatever the client does. What it adds is the way to that thread and back,"
            + " and unsealing.");
    result.atMost("`getAll` of 20 credentials, × a bare Query", all.ratio("getAll", "query"), 1.3);
  }

  private static Map<String, String> parts() {
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put("the request, by the SDK", "DynamoDbClient.getItem");
    parts.put("unsealing", "Envelope.unseal");
    parts.put("the item to an entry", "EntrySchema.fromItem");
    parts.put(
        "the reader: caches, sharing, deadline, the way to its thread and back", "keepwarm/reader");
    return parts;
  }

  private static void row(Table table, Map<String, Rounds.Taken> taken, String name, String label) {
    Rounds.Taken of = Objects.requireNonNull(taken.get(name));
    table.row(name, label, of.medians()).with("p99 µs", of.p99());
  }
}
