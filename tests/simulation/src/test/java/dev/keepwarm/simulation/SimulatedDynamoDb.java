package dev.keepwarm.simulation;

import dev.keepwarm.engine.DynamoTables;
import dev.keepwarm.engine.MemoryDynamoDb;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/**
 * DynamoDB as one process sees it. Every request takes time. It may fail, take effect but seem to
 * fail, or take effect twice. All writes to the cache table are checked.
 */
final class SimulatedDynamoDb implements DynamoDbClient {
  private final SimulatedWorld world;
  private final Proc proc;
  private final MemoryDynamoDb real;

  SimulatedDynamoDb(SimulatedWorld world, Proc proc) {
    this.world = world;
    this.proc = proc;
    this.real = world.dynamoDb();
  }

  @Override
  public GetItemResponse getItem(GetItemRequest request) {
    return call("read", request.tableName(), request.key(), () -> real.getItem(request));
  }

  @Override
  public QueryResponse query(QueryRequest request) {
    return call(
        "query",
        request.tableName(),
        request.expressionAttributeValues(),
        () -> real.query(request));
  }

  @Override
  public ScanResponse scan(ScanRequest request) {
    return call("scan", request.tableName(), Map.of(), () -> real.scan(request));
  }

  @Override
  public PutItemResponse putItem(PutItemRequest request) {
    Map<String, AttributeValue> key = world.key(request.tableName(), request.item());
    return call(
        "put",
        request.tableName(),
        key,
        checked(request.tableName(), key, () -> real.putItem(request)));
  }

  @Override
  public UpdateItemResponse updateItem(UpdateItemRequest request) {
    return call(
        "update",
        request.tableName(),
        request.key(),
        checked(request.tableName(), request.key(), () -> real.updateItem(request)));
  }

  @Override
  public DeleteItemResponse deleteItem(DeleteItemRequest request) {
    return call(
        "delete",
        request.tableName(),
        request.key(),
        checked(request.tableName(), request.key(), () -> real.deleteItem(request)));
  }

  @Override
  public String serviceName() {
    return SERVICE_NAME;
  }

  @Override
  public void close() {}

  private <T> Supplier<T> checked(
      String table, Map<String, AttributeValue> key, Supplier<T> write) {
    return () -> {
      Map<String, AttributeValue> before = world.item(table, key);
      T response = write.get();
      world.written(proc, table, before, world.item(table, key));
      return response;
    };
  }

  private <T> T call(
      String what, String table, Map<String, AttributeValue> about, Supplier<T> effect) {
    boolean isCache = table.equals(DynamoTables.CACHE);
    int[] attempts = {0};
    return proc.call(
        isCache ? Dependency.TABLE : Dependency.WHEEL,
        () -> what + " " + table + " " + text(about),
        () -> {
          attempts[0]++;
          // In the meantime the table may have deleted expired items.
          if (isCache && world.noisy() && world.random().nextInt(5) == 0) {
            world.sweep();
          }
          try {
            return effect.get();
          } catch (ConditionalCheckFailedException e) {
            throw e.toBuilder().numAttempts(attempts[0]).build();
          }
        });
  }

  private static String text(Map<String, AttributeValue> values) {
    StringBuilder text = new StringBuilder();
    values.values().forEach(v -> text.append(scalar(v)).append(' '));
    return text.toString().strip();
  }

  private static @Nullable String scalar(AttributeValue value) {
    return value.s() != null ? value.s() : value.n();
  }
}
