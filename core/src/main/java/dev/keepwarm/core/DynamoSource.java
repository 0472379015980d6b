package dev.keepwarm.core;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/**
 * The built-in source: a DynamoDB table of originals, read strongly consistent. Thread-safe, as the
 * client is.
 */
public final class DynamoSource implements Source {
  /**
   * The tenant's length, the tenant, the name: others may have written keys outside the grammar.
   */
  private static final Pattern POSITION = Pattern.compile("(\\d{1,4}):(.*)", Pattern.DOTALL);

  private final DynamoDbClient client;
  private final String table;

  /** The table of that name. */
  public DynamoSource(DynamoDbClient client, String table) {
    this.client = client;
    this.table = table;
  }

  @Override
  public List<SourceRow> readTenant(String tenant) {
    QueryRequest request =
        QueryRequest.builder()
            .tableName(table)
            .consistentRead(true)
            .keyConditionExpression("#tenant = :tenant")
            .expressionAttributeNames(Map.of("#tenant", SourceSchema.TENANT))
            .expressionAttributeValues(Map.of(":tenant", AttributeValue.fromS(tenant)))
            .build();
    List<SourceRow> rows = new ArrayList<>();
    Map<String, AttributeValue> from = Map.of();
    do {
      QueryRequest page =
          from.isEmpty() ? request : request.toBuilder().exclusiveStartKey(from).build();
      QueryResponse response = call("query", () -> client.query(page));
      for (Map<String, AttributeValue> item : response.items()) {
        SourceRow row = SourceSchema.fromItem(item);
        if (row != null) {
          rows.add(row);
        }
      }
      from = response.lastEvaluatedKey();
    } while (!from.isEmpty());
    return rows;
  }

  @Override
  public TenantPage tenants(@Nullable String from, int limit) {
    ScanRequest.Builder request =
        ScanRequest.builder()
            .tableName(table)
            .limit(limit)
            .projectionExpression("#tenant")
            .expressionAttributeNames(Map.of("#tenant", SourceSchema.TENANT));
    ScanRequest built = request.exclusiveStartKey(key(from)).build();
    ScanResponse response = call("scan", () -> client.scan(built));
    Set<String> tenants = new LinkedHashSet<>();
    for (Map<String, AttributeValue> item : response.items()) {
      String tenant = SourceSchema.keyPart(item, SourceSchema.TENANT);
      if (CredentialId.isValidPart(tenant)) {
        tenants.add(tenant);
      }
    }
    Map<String, AttributeValue> next = response.lastEvaluatedKey();
    return new TenantPage(List.copyOf(tenants), next.isEmpty() ? null : position(next));
  }

  /** The key of a position; null, which begins anew, if it is none. */
  private static @Nullable Map<String, AttributeValue> key(@Nullable String position) {
    Matcher matcher = POSITION.matcher(position == null ? "" : position);
    if (!matcher.matches()) {
      return null;
    }
    int length = Integer.parseInt(matcher.group(1));
    String both = matcher.group(2);
    if (length == 0 || length >= both.length()) {
      return null;
    }
    return Map.of(
        SourceSchema.TENANT, AttributeValue.fromS(both.substring(0, length)),
        SourceSchema.NAME, AttributeValue.fromS(both.substring(length)));
  }

  private static String position(Map<String, AttributeValue> key) {
    String tenant = SourceSchema.keyPart(key, SourceSchema.TENANT);
    return tenant.length() + ":" + tenant + SourceSchema.keyPart(key, SourceSchema.NAME);
  }

  /** What became of an original that was put. */
  public enum Put {
    /** There was none of that id. */
    ADDED,
    /** It took the place of one with an older version, or of a row that nobody could use. */
    REPLACED,
    /** Nothing was written: what is stored has this version or a newer one. */
    UNCHANGED
  }

  /**
   * Stores an original, unless the stored one has the same version or a newer one: a change without
   * a greater version is one that nobody would notice.
   *
   * @param updatedAtMillis when the row got its version; also how a repeated request recognises its
   *     own first attempt
   */
  public Put put(SourceRow.Original row, long updatedAtMillis) {
    Map<String, AttributeValue> item = SourceSchema.toItem(row, updatedAtMillis);
    PutItemRequest request =
        PutItemRequest.builder()
            .tableName(table)
            .item(item)
            // Also true where the stored version is missing or not a number.
            .conditionExpression("NOT #version >= :version")
            .expressionAttributeNames(Map.of("#version", SourceSchema.VERSION))
            .expressionAttributeValues(
                Map.of(":version", AttributeValue.fromN(Long.toString(row.version()))))
            .returnValues(ReturnValue.ALL_OLD)
            .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
            .build();
    return call(
        "write",
        () -> {
          try {
            return client.putItem(request).attributes().isEmpty() ? Put.ADDED : Put.REPLACED;
          } catch (ConditionalCheckFailedException e) {
            // The same in every attribute: the SDK sent it twice, and only the answer was lost.
            // What was there before is not known any more, so it counts as replaced.
            return item.equals(e.item()) ? Put.REPLACED : Put.UNCHANGED;
          }
        });
  }

  /** Deletes an original, if it is there. */
  public void delete(CredentialId id) {
    call("delete from", () -> client.deleteItem(r -> r.tableName(table).key(SourceSchema.key(id))));
  }

  private <T> T call(String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      throw AwsErrors.translate("cannot " + what + " table " + table, e);
    }
  }
}
