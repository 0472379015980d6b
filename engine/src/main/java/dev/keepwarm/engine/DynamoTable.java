package dev.keepwarm.engine;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.ReadableTable;
import java.util.Map;
import java.util.function.Supplier;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/**
 * Reads and writes of one DynamoDB table. Blocking and thread-safe. Every failure except a failed
 * condition is a {@link KeepwarmException} with {@link ErrorCode#UNAVAILABLE}, {@link
 * ErrorCode#DENIED} or {@link ErrorCode#TIMEOUT}.
 */
public final class DynamoTable extends ReadableTable {
  public DynamoTable(DynamoDbClient client, String table) {
    super(client, table);
  }

  /** The result of a conditional write. */
  public sealed interface Written {}

  /**
   * The write was done.
   *
   * @param item the item before or after the write, as the request asked; empty if there is none
   */
  public record Done(Map<String, AttributeValue> item) implements Written {}

  /**
   * The condition failed.
   *
   * @param item the stored item; empty if there is none
   * @param repeated whether the request was sent more than once. Then an earlier attempt may have
   *     been done and only its answer lost, so that the condition failed because of our own write
   */
  public record Refused(Map<String, AttributeValue> item, boolean repeated) implements Written {}

  /** One page of a Scan. */
  public ScanResponse scan(ScanRequest.Builder request) {
    ScanRequest built = request.tableName(table).build();
    return call("scan", () -> client.scan(built));
  }

  /**
   * Writes an item unconditionally.
   *
   * @return the item before; empty if there was none
   */
  public Map<String, AttributeValue> put(Map<String, AttributeValue> item) {
    return call(
            "write",
            () ->
                client.putItem(
                    r -> r.tableName(table).item(item).returnValues(ReturnValue.ALL_OLD)))
        .attributes();
  }

  /** Deletes an item unconditionally. */
  public void delete(Map<String, AttributeValue> key) {
    DeleteItemResponse unused =
        call("delete from", () -> client.deleteItem(r -> r.tableName(table).key(key)));
  }

  /** Writes an item if the condition of {@code e} holds; {@link Done} has the item before. */
  public Written put(Map<String, AttributeValue> item, Expression e) {
    return write(
        "write",
        () ->
            client
                .putItem(r ->
                    r.tableName(table)
                        .item(item)
                        .conditionExpression(e.condition())
                        .expressionAttributeNames(e.names())
                        .expressionAttributeValues(e.values().isEmpty() ? null : e.values())
                        .returnValues(ReturnValue.ALL_OLD)
                        .returnValuesOnConditionCheckFailure(
                            ReturnValuesOnConditionCheckFailure.ALL_OLD))
                .attributes());
  }

  /** Updates an item if the condition of {@code e} holds. */
  public Written update(Map<String, AttributeValue> key, Expression e, ReturnValue returned) {
    return write(
        "update",
        () ->
            client
                .updateItem(r ->
                    r.tableName(table)
                        .key(key)
                        .updateExpression(e.update())
                        .conditionExpression(e.condition())
                        .expressionAttributeNames(e.names())
                        .expressionAttributeValues(e.values())
                        .returnValues(returned)
                        .returnValuesOnConditionCheckFailure(
                            ReturnValuesOnConditionCheckFailure.ALL_OLD))
                .attributes());
  }

  /** Deletes an item if the condition of {@code e} holds. */
  public Written delete(Map<String, AttributeValue> key, Expression e) {
    return write(
        "delete from",
        () ->
            client
                .deleteItem(r ->
                    r.tableName(table)
                        .key(key)
                        .conditionExpression(e.condition())
                        .expressionAttributeNames(e.names())
                        .expressionAttributeValues(e.values())
                        .returnValuesOnConditionCheckFailure(
                            ReturnValuesOnConditionCheckFailure.ALL_OLD))
                .attributes());
  }

  private Written write(String what, Supplier<Map<String, AttributeValue>> call) {
    return call(
        what,
        () -> {
          try {
            return new Done(call.get());
          } catch (ConditionalCheckFailedException e) {
            Integer attempts = e.numAttempts();
            return new Refused(e.item(), attempts != null && attempts > 1);
          }
        });
  }
}
