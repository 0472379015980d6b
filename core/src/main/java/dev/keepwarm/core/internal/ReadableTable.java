package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;

/**
 * Reads of one DynamoDB table. Blocking and thread-safe; every failure is a {@link
 * KeepwarmException} with {@link ErrorCode#UNAVAILABLE}, {@link ErrorCode#DENIED} or {@link
 * ErrorCode#TIMEOUT}.
 */
public class ReadableTable {
  protected final DynamoDbClient client;
  protected final String table;

  /** Reads the table with this name. */
  public ReadableTable(DynamoDbClient client, String table) {
    this.client = client;
    this.table = table;
  }

  /** The item, strongly consistent; empty if there is none. */
  public Map<String, AttributeValue> get(Map<String, AttributeValue> key) {
    return call(
        "read", () -> client.getItem(r -> r.tableName(table).key(key).consistentRead(true)).item());
  }

  /** The item, eventually consistent, for half the price; empty if there is none. */
  public Map<String, AttributeValue> getEventually(Map<String, AttributeValue> key) {
    return call("read", () -> client.getItem(r -> r.tableName(table).key(key)).item());
  }

  /** All items of a Query, page by page. */
  public List<Map<String, AttributeValue>> query(QueryRequest.Builder request) {
    QueryRequest built = request.tableName(table).build();
    return call("query", () -> client.queryPaginator(built).items().stream().toList());
  }

  /** Makes a call; {@code what} is the verb in its error message. */
  protected final <T> T call(String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      throw AwsErrors.translate("cannot " + what + " table " + table, e);
    }
  }
}
