package dev.keepwarm.bench.unaided;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/** What a resolve asks of DynamoDB, and nothing else. Thread-safe. */
final class PlainDynamoDb implements DynamoDbClient {
  private final SignedCalls calls;

  PlainDynamoDb(SignedCalls calls) {
    this.calls = calls;
  }

  @Override
  public GetItemResponse getItem(GetItemRequest request) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("TableName", request.tableName());
    json.put("Key", Items.toJson(request.key()));
    put(json, "ConsistentRead", request.consistentRead());
    return GetItemResponse.builder()
        .item(Items.fromJson(call("GetItem", json).get("Item")))
        .build();
  }

  @Override
  public QueryResponse query(QueryRequest request) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("TableName", request.tableName());
    put(json, "ConsistentRead", request.consistentRead());
    json.put("KeyConditionExpression", request.keyConditionExpression());
    names(json, request.expressionAttributeNames());
    values(json, request.expressionAttributeValues());
    if (!request.exclusiveStartKey().isEmpty()) {
      json.put("ExclusiveStartKey", Items.toJson(request.exclusiveStartKey()));
    }
    Map<String, @Nullable Object> fields = call("Query", json);
    return QueryResponse.builder()
        .items(Items.listFromJson(fields.get("Items")))
        .lastEvaluatedKey(Items.fromJson(fields.get("LastEvaluatedKey")))
        .build();
  }

  @Override
  public PutItemResponse putItem(PutItemRequest request) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("TableName", request.tableName());
    json.put("Item", Items.toJson(request.item()));
    put(json, "ConditionExpression", request.conditionExpression());
    put(json, "ReturnValues", request.returnValuesAsString());
    names(json, request.expressionAttributeNames());
    values(json, request.expressionAttributeValues());
    return PutItemResponse.builder()
        .attributes(Items.fromJson(call("PutItem", json).get("Attributes")))
        .build();
  }

  @Override
  public UpdateItemResponse updateItem(UpdateItemRequest request) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("TableName", request.tableName());
    json.put("Key", Items.toJson(request.key()));
    put(json, "UpdateExpression", request.updateExpression());
    put(json, "ConditionExpression", request.conditionExpression());
    put(json, "ReturnValues", request.returnValuesAsString());
    names(json, request.expressionAttributeNames());
    values(json, request.expressionAttributeValues());
    return UpdateItemResponse.builder()
        .attributes(Items.fromJson(call("UpdateItem", json).get("Attributes")))
        .build();
  }

  @Override
  public String serviceName() {
    return SERVICE_NAME;
  }

  @Override
  public void close() {
    // The wire is its maker's.
  }

  private Map<String, @Nullable Object> call(String operation, Map<String, Object> request) {
    SignedCalls.Reply reply = calls.call(operation, request);
    if (reply.error() == null) {
      return reply.fields();
    }
    if (reply.error().equals("ConditionalCheckFailedException")) {
      throw ConditionalCheckFailedException.builder().build();
    }
    throw new IllegalStateException(operation + ": " + reply.error());
  }

  private static void put(Map<String, Object> json, String name, @Nullable Object value) {
    if (value != null) {
      json.put(name, value);
    }
  }

  private static void names(Map<String, Object> json, Map<String, String> names) {
    if (!names.isEmpty()) {
      json.put("ExpressionAttributeNames", names);
    }
  }

  private static void values(Map<String, Object> json, Map<String, AttributeValue> values) {
    if (!values.isEmpty()) {
      json.put("ExpressionAttributeValues", Items.toJson(values));
    }
  }
}
