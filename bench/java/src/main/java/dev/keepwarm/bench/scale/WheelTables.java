package dev.keepwarm.bench.scale;

import dev.keepwarm.engine.WheelSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** Wheel tables in DynamoDB Local, filled in bulk. Not thread-safe. */
final class WheelTables {
  /** The maximum number of items in one BatchWriteItem. */
  private static final int BATCH = 25;

  private static final int WRITERS = 4;

  private final DynamoDbClient client;

  WheelTables(DynamoDbClient client) {
    this.client = client;
  }

  static String name(Population population) {
    return "keepwarm-wheel-" + population.tenants();
  }

  /** Creates a population's table with all of its tenants. */
  void make(Population population) throws InterruptedException, ExecutionException {
    String table = name(population);
    client.createTable(request ->
        request
            .tableName(table)
            .billingMode(BillingMode.PAY_PER_REQUEST)
            .attributeDefinitions(
                a -> a.attributeName(WheelSchema.SLOT).attributeType(ScalarAttributeType.N),
                a -> a.attributeName(WheelSchema.TENANT).attributeType(ScalarAttributeType.S))
            .keySchema(
                k -> k.attributeName(WheelSchema.SLOT).keyType(KeyType.HASH),
                k -> k.attributeName(WheelSchema.TENANT).keyType(KeyType.RANGE)));
    client.waiter().waitUntilTableExists(request -> request.tableName(table));
    Semaphore waiting = new Semaphore(10 * WRITERS);
    List<Future<?>> writes = new ArrayList<>();
    try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      List<WriteRequest> batch = new ArrayList<>();
      population.enrol((slot, tenant) -> {
        batch.add(put(slot, tenant));
        if (batch.size() == BATCH) {
          List<WriteRequest> full = List.copyOf(batch);
          batch.clear();
          waiting.acquireUninterruptibly();
          writes.add(
              writers.submit(() -> {
                try {
                  write(table, full);
                } finally {
                  waiting.release();
                }
              }));
        }
      });
      List<WriteRequest> rest = batch;
      if (!rest.isEmpty()) {
        write(table, rest);
      }
    }
    for (Future<?> write : writes) {
      write.get();
    }
  }

  private static WriteRequest put(int slot, String tenant) {
    Map<String, AttributeValue> item =
        Map.of(
            WheelSchema.SLOT, AttributeValue.fromN(Integer.toString(slot)),
            WheelSchema.TENANT, AttributeValue.fromS(tenant));
    return WriteRequest.builder().putRequest(put -> put.item(item)).build();
  }

  private void write(String table, List<WriteRequest> batch) {
    BatchWriteItemResponse response =
        client.batchWriteItem(request -> request.requestItems(Map.of(table, batch)));
    if (response.hasUnprocessedItems() && !response.unprocessedItems().isEmpty()) {
      throw new IllegalStateException("DynamoDB Local did not take all items");
    }
  }
}
