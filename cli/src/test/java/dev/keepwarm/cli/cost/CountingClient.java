package dev.keepwarm.cli.cost;

import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.engine.MemoryDynamoDb;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/**
 * A DynamoDB in memory that adds up the units of its requests as DynamoDB counts them, by table and
 * operation: {@code get}, {@code query} or {@code write}, with {@code eventual} in front for
 * eventually consistent reads. Freshness records count as another table. A write whose condition
 * failed counts, too. Not thread-safe.
 */
final class CountingClient {
  private static final List<String> REQUESTS =
      List.of("getItem", "query", "scan", "putItem", "updateItem", "deleteItem");
  private static final int READ = 4096;
  private static final int WRITTEN = 1024;

  private final MemoryDynamoDb memory = new MemoryDynamoDb();
  private final Map<String, Double> units = new TreeMap<>();

  /** The database behind it. */
  MemoryDynamoDb memory() {
    return memory;
  }

  /** The units since the last {@link #clear}. */
  Map<String, Double> units() {
    return units;
  }

  /** The units of these together. */
  double units(String... kinds) {
    return List.of(kinds).stream().mapToDouble(kind -> units.getOrDefault(kind, 0.0)).sum();
  }

  /** Counts from 0. */
  void clear() {
    units.clear();
  }

  /** Adds to the counted units. */
  void count(String kind, double more) {
    units.merge(kind, more, Double::sum);
  }

  /** The client. */
  DynamoDbClient client() {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          boolean isRequest =
              REQUESTS.contains(method.getName())
                  && method.getParameterTypes()[0].getSimpleName().endsWith("Request");
          if (!isRequest) {
            return method.isDefault()
                ? InvocationHandler.invokeDefault(proxy, method, arguments)
                : method.invoke(memory, arguments);
          }
          countWrite(arguments[0]);
          try {
            Object response = method.invoke(memory, arguments);
            countRead(arguments[0], response);
            return response;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    return (DynamoDbClient)
        Proxy.newProxyInstance(
            DynamoDbClient.class.getClassLoader(), new Class<?>[] {DynamoDbClient.class}, handler);
  }

  private void countWrite(Object request) {
    switch (request) {
      case PutItemRequest put ->
          count(
              ofRecord(put.tableName(), put.item()) + " write", blocks(size(put.item()), WRITTEN));
      // None of our updates makes an item longer than one unit.
      case UpdateItemRequest update -> {
        // A seal renews the generation that it has read, and then notes what was sealed in it.
        boolean isSealing = update.expressionAttributeValues().containsKey(":is_generation");
        count(update.tableName() + (isSealing ? " write of sealings" : " write"), 1);
      }
      case DeleteItemRequest delete -> count(delete.tableName() + " write", 1);
      default -> {}
    }
  }

  private void countRead(Object request, Object response) {
    switch (request) {
      case GetItemRequest get ->
          count(
              kind(
                  isSecret(get)
                      ? "secret"
                      : isSealing(get) ? "sealing" : ofRecord(get.tableName(), get.key()),
                  get.consistentRead(),
                  "get"),
              read(size(((GetItemResponse) response).item()), get.consistentRead()));
      case QueryRequest query -> {
        int size = 0;
        for (Map<String, AttributeValue> item : ((QueryResponse) response).items()) {
          // A query with a projection is charged for the whole item.
          size += size(query.projectionExpression() == null ? item : stored(query, item));
        }
        count(
            kind(query.tableName(), query.consistentRead(), "query"),
            read(size, query.consistentRead()));
      }
      default -> {}
    }
  }

  private Map<String, AttributeValue> stored(
      QueryRequest query, Map<String, AttributeValue> projected) {
    Map<String, AttributeValue> key = new HashMap<>();
    key.put("tenant", query.expressionAttributeValues().get(":tenant"));
    key.put("name", projected.get("name"));
    return memory
        .getItem(GetItemRequest.builder().tableName(query.tableName()).key(key).build())
        .item();
  }

  /** Whether a read is of the signing secret, which each process makes only once per turn. */
  private static boolean isSecret(GetItemRequest get) {
    return AttributeValue.fromS("signing").equals(get.key().get("tenant"));
  }

  /** Whether a read is of a tenant on the wheel; the control items are in negative slots. */
  private static boolean isSealing(GetItemRequest get) {
    AttributeValue slot = get.key().get("slot");
    return slot != null && Integer.parseInt(slot.n()) >= 0;
  }

  private static String ofRecord(String table, Map<String, AttributeValue> key) {
    return FreshnessRecord.isRecord(key) ? "record" : table;
  }

  private static String kind(String table, Boolean isConsistent, String what) {
    return table + (Boolean.TRUE.equals(isConsistent) ? " " : " eventual ") + what;
  }

  private static double read(int size, Boolean isConsistent) {
    return blocks(size, READ) * (Boolean.TRUE.equals(isConsistent) ? 1 : 0.5);
  }

  private static double blocks(int size, int block) {
    return Math.max(1, Math.ceilDiv(size, block));
  }

  /** The average length of a table's items, in bytes. */
  double averageSize(String table, boolean records) {
    return memory.items(table).stream()
        .filter(item -> FreshnessRecord.isRecord(item) == records)
        .mapToInt(CountingClient::size)
        .average()
        .orElse(0);
  }

  /** The length of an item in bytes, by the rules of DynamoDB's documentation. */
  private static int size(Map<String, AttributeValue> item) {
    int size = 0;
    for (Map.Entry<String, AttributeValue> attribute : item.entrySet()) {
      AttributeValue value = attribute.getValue();
      size += attribute.getKey().length();
      switch (value.type()) {
        case S -> size += value.s().getBytes(StandardCharsets.UTF_8).length;
        case N -> size += (value.n().length() + 1) / 2 + 1;
        case B -> size += value.b().asByteArrayUnsafe().length;
        default -> size += 1;
      }
    }
    return size;
  }
}
