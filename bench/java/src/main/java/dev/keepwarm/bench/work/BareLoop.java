package dev.keepwarm.bench.work;

import dev.keepwarm.bench.Originals;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.HttpClients;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.source.DynamoSource;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Only decodes, seals and puts: with the decryptor's number of credentials, concurrency and client
 * settings. Not thread-safe.
 */
final class BareLoop implements AutoCloseable {
  private final AwsClients clients;
  private final DynamoDbClient dynamoDb;
  private final ResourceNames names;
  private final Floor floor;
  private final Fanout tenants;
  private final Fanout calls;
  private final List<List<List<SourceRow.Original>>> batches = new ArrayList<>();

  /** A loop over separate originals. */
  BareLoop(
      LocalDeployment stack,
      Map<String, String> environment,
      Originals originals,
      int batches,
      int tenantsOfBatch) {
    Settings settings = Settings.of(environment);
    clients =
        new AwsClients(
            environment,
            HttpClients.pooled(2 * settings.parallel()),
            Duration.ofSeconds(10),
            Duration.ofSeconds(3));
    dynamoDb = clients.dynamoDb();
    names = stack.resources().names();
    tenants = Fanout.bounded(settings.parallel());
    calls = Fanout.bounded(settings.parallel());
    floor =
        new Floor(
            originals.decoder(stack.kms()),
            Envelope.of(new SecureRandom()),
            stack.kms().generate("bare", System.currentTimeMillis()),
            settings.lifetimes());
    DynamoSource source = new DynamoSource(dynamoDb, names.sourceTable());
    for (int batch = 0; batch < batches; batch++) {
      List<List<SourceRow.Original>> known = new ArrayList<>();
      for (String tenant : Tenants.named("bare-" + batch, tenantsOfBatch)) {
        List<SourceRow.Original> rows = Tenants.rows(originals, tenant);
        rows.forEach(row -> source.put(row, 0));
        known.add(rows);
      }
      this.batches.add(known);
    }
  }

  /** Decodes, seals and puts everything once. */
  void run() {
    for (List<List<SourceRow.Original>> batch : batches) {
      tenants.each(batch, rows -> calls.each(rows, this::put));
    }
  }

  /** The same after the two requests per tenant that are necessary to know what is due. */
  void runWithQueries() {
    for (List<List<SourceRow.Original>> batch : batches) {
      tenants.each(
          batch,
          rows -> {
            String tenant = rows.getFirst().id().tenant();
            int items = query(names.cacheTable(), tenant) + query(names.sourceTable(), tenant);
            if (items < rows.size()) {
              throw new IllegalStateException("the source has lost an original");
            }
            calls.each(rows, this::put);
          });
    }
  }

  @Override
  public void close() {
    clients.close();
  }

  private int query(String table, String tenant) {
    return dynamoDb
        .query(r ->
            r.tableName(table)
                .consistentRead(true)
                .keyConditionExpression("#tenant = :tenant")
                .expressionAttributeNames(Map.of("#tenant", EntrySchema.TENANT))
                .expressionAttributeValues(Map.of(":tenant", AttributeValue.fromS(tenant))))
        .items()
        .size();
  }

  private void put(SourceRow.Original row) {
    Entry entry = floor.refresh(row, System.currentTimeMillis());
    dynamoDb.putItem(r -> r.tableName(names.cacheTable()).item(EntrySchema.toItem(entry)));
  }
}
