package dev.keepwarm.source;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.engine.DynamoTable;
import dev.keepwarm.engine.Expression;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.SourceSchema;
import dev.keepwarm.engine.TenantState;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/**
 * The built-in source: a DynamoDB table of originals, read strongly consistent. For comparisons,
 * names and versions are read eventually consistent, at half the price. Thread-safe, as the client
 * is.
 */
public final class DynamoSource implements Source {
  /**
   * The tenant's length, the tenant and the name. The length is necessary because other writers may
   * have written keys outside the grammar.
   */
  private static final Pattern POSITION = Pattern.compile("(\\d{1,4}):(.*)", Pattern.DOTALL);

  private final DynamoTable table;

  /** The source in the table with this name. */
  public DynamoSource(DynamoDbClient client, String table) {
    this.table = new DynamoTable(client, table);
  }

  @Override
  public List<SourceRow> readTenant(String tenant) {
    List<SourceRow> rows = new ArrayList<>();
    for (Map<String, AttributeValue> item :
        table.query(
            QueryRequest.builder()
                .consistentRead(true)
                .keyConditionExpression("#tenant = :tenant")
                .expressionAttributeNames(Map.of("#tenant", SourceSchema.TENANT))
                .expressionAttributeValues(Map.of(":tenant", AttributeValue.fromS(tenant))))) {
      SourceRow row = SourceSchema.fromItem(item);
      if (row != null) {
        rows.add(row);
      }
    }
    return rows;
  }

  @Override
  public TenantState.Depth depth() {
    return TenantState.Depth.VERSIONS;
  }

  @Override
  public Map<String, TenantState> compare(Set<String> tenants) {
    Map<String, TenantState> states = new HashMap<>();
    for (String tenant : tenants) {
      states.put(tenant, TenantState.ofVersions(versions(tenant)));
    }
    return states;
  }

  private Map<String, @Nullable Long> versions(String tenant) {
    Map<String, @Nullable Long> versions = new HashMap<>();
    for (Map<String, AttributeValue> item :
        table.query(
            QueryRequest.builder()
                .keyConditionExpression("#tenant = :tenant")
                .projectionExpression("#name, #version")
                .expressionAttributeNames(
                    Map.of(
                        "#tenant", SourceSchema.TENANT,
                        "#name", SourceSchema.NAME,
                        "#version", SourceSchema.VERSION))
                .expressionAttributeValues(Map.of(":tenant", AttributeValue.fromS(tenant))))) {
      String name = SourceSchema.keyPart(item, SourceSchema.NAME);
      if (CredentialId.isValidPart(name)) {
        versions.put(name, SourceSchema.version(item));
      }
    }
    return versions;
  }

  @Override
  public TenantPage tenants(@Nullable String from, int limit) {
    ScanRequest.Builder request =
        ScanRequest.builder()
            .limit(limit)
            .projectionExpression("#tenant")
            .expressionAttributeNames(Map.of("#tenant", SourceSchema.TENANT));
    ScanResponse response = table.scan(request.exclusiveStartKey(key(from)));
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

  /** The key of a position; null, which starts from the beginning, if it is not a position. */
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

  /** The outcome of putting an original. */
  public enum Put {
    /** There was no row with that id. */
    ADDED,
    /** It replaced a row with an older version, or one that could not be used. */
    REPLACED,
    /** Nothing was written: the stored row has the same version or a newer one. */
    UNCHANGED
  }

  /**
   * Stores an original, unless the stored one has the same version or a newer one: a comparison of
   * versions would not detect such a change. If the SDK repeats a request because its answer was
   * lost, the outcome is that of the first attempt.
   *
   * @param updatedAtMillis when the row got its version; also how a repeated request recognises its
   *     own first attempt
   */
  public Put put(SourceRow.Original row, long updatedAtMillis) {
    Map<String, AttributeValue> item = SourceSchema.toItem(row, updatedAtMillis);
    Expression absent = new Expression().requireAbsent(SourceSchema.TENANT);
    return switch (table.put(item, absent)) {
      case DynamoTable.Done _ -> Put.ADDED;
      case DynamoTable.Refused refused -> {
        if (isOwn(refused, item)) {
          // A request that could both add and replace could not tell afterwards which it did.
          yield Put.ADDED;
        }
        yield isAtLeast(refused.item(), row.version()) ? Put.UNCHANGED : replace(item, row);
      }
    };
  }

  private Put replace(Map<String, AttributeValue> item, SourceRow.Original row) {
    Expression older = new Expression();
    // Also true if the stored version is missing or not a number.
    older.require(
        "NOT " + older.name(SourceSchema.VERSION) + " >= " + older.value("version", row.version()));
    return switch (table.put(item, older)) {
      case DynamoTable.Done done -> done.item().isEmpty() ? Put.ADDED : Put.REPLACED;
      case DynamoTable.Refused refused -> isOwn(refused, item) ? Put.REPLACED : Put.UNCHANGED;
    };
  }

  /** Whether the request was refused because of its own first attempt, whose answer was lost. */
  private static boolean isOwn(DynamoTable.Refused refused, Map<String, AttributeValue> item) {
    return refused.repeated() && item.equals(refused.item());
  }

  /** Whether the stored version is at least {@code version}; false if it is not a number. */
  private static boolean isAtLeast(Map<String, AttributeValue> stored, long version) {
    AttributeValue number = stored.get(SourceSchema.VERSION);
    return number != null
        && number.n() != null
        && new BigDecimal(number.n()).compareTo(BigDecimal.valueOf(version)) >= 0;
  }

  /** Deletes an original, if it exists. */
  public void delete(CredentialId id) {
    table.delete(SourceSchema.key(id));
  }
}
