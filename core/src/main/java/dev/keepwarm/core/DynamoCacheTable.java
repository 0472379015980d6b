package dev.keepwarm.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/** The cache table in DynamoDB. Thread-safe, as the client is. */
public final class DynamoCacheTable implements CacheTable {
  private static final List<String> NOT_IN_A_TOMBSTONE =
      List.of(
          EntrySchema.SEALED,
          EntrySchema.DATA_KEY,
          EntrySchema.DATA_KEY_CREATED_AT,
          EntrySchema.SEALED_AT,
          EntrySchema.SOFT_EXPIRES_AT,
          EntrySchema.HARD_EXPIRES_AT,
          EntrySchema.FAILURE,
          EntrySchema.SIBLINGS,
          EntrySchema.PROBE,
          EntrySchema.AS_OF,
          EntrySchema.EVENT,
          EntrySchema.NEW_SINCE,
          EntrySchema.ANNOUNCED,
          EntrySchema.ANNOUNCED_AT,
          EntrySchema.FILLING_BY,
          EntrySchema.FILLING_UNTIL);

  private final DynamoDbClient client;
  private final String table;

  /** The table of that name. */
  public DynamoCacheTable(DynamoDbClient client, String table) {
    this.client = client;
    this.table = table;
  }

  @Override
  public @Nullable Entry read(CredentialId id) {
    Map<String, AttributeValue> item =
        call(
            "read",
            () -> client.getItem(r -> r.tableName(table).key(key(id)).consistentRead(true)).item());
    return item == null || item.isEmpty() ? null : EntrySchema.fromItem(item);
  }

  @Override
  public TenantItems readItems(String tenant) {
    QueryRequest request =
        QueryRequest.builder()
            .tableName(table)
            .consistentRead(true)
            .keyConditionExpression("#tenant = :tenant")
            .expressionAttributeNames(Map.of("#tenant", EntrySchema.TENANT))
            .expressionAttributeValues(Map.of(":tenant", AttributeValue.fromS(tenant)))
            .build();
    return EntrySchema.fromItems(
        call("query", () -> client.queryPaginator(request).items().stream().toList()));
  }

  @Override
  public EntryPage entries(@Nullable String from, int limit) {
    ScanRequest.Builder request = ScanRequest.builder().tableName(table).limit(limit);
    if (from != null) {
      // The tenant's length comes first: others may have written keys outside the grammar of ids.
      int colon = from.indexOf(':');
      int end = colon + 1 + Integer.parseInt(from.substring(0, colon));
      request.exclusiveStartKey(
          Map.of(
              EntrySchema.TENANT, AttributeValue.fromS(from.substring(colon + 1, end)),
              EntrySchema.NAME, AttributeValue.fromS(from.substring(end))));
    }
    ScanRequest built = request.build();
    ScanResponse response = call("scan", () -> client.scan(built));
    List<Entry> entries = new ArrayList<>();
    int malformed = 0;
    for (Map<String, AttributeValue> item : response.items()) {
      try {
        entries.add(EntrySchema.fromItem(item));
      } catch (KeepwarmException e) {
        malformed++;
      }
    }
    Map<String, AttributeValue> next = response.lastEvaluatedKey();
    return new EntryPage(entries, malformed, next.isEmpty() ? null : position(next));
  }

  private static String position(Map<String, AttributeValue> key) {
    String tenant = SourceSchema.keyPart(key, EntrySchema.TENANT);
    return tenant.length() + ":" + tenant + SourceSchema.keyPart(key, EntrySchema.NAME);
  }

  @Override
  public boolean put(Entry entry, @Nullable Entry before) {
    PutItemRequest.Builder request =
        PutItemRequest.builder().tableName(table).item(EntrySchema.toItem(entry));
    if (before == null) {
      request
          .conditionExpression("attribute_not_exists(#tenant)")
          .expressionAttributeNames(Map.of("#tenant", EntrySchema.TENANT));
    } else {
      Expression condition = new Expression();
      String fence = condition.fenceIs(before.fence());
      if (entry.version() == null) {
        request.conditionExpression(fence);
      } else {
        request.conditionExpression(
            fence
                + " AND (attribute_not_exists(#version) OR #version <= "
                + condition.value("version", number(entry.version()))
                + ")");
        condition.name(EntrySchema.VERSION);
      }
      request.expressionAttributeNames(condition.names).expressionAttributeValues(condition.values);
    }
    PutItemRequest built = request.build();
    return conditional("put", () -> client.putItem(built));
  }

  @Override
  public boolean replace(Entry entry, @Nullable Entry before) {
    PutItemRequest.Builder request =
        PutItemRequest.builder().tableName(table).item(EntrySchema.toItem(entry));
    if (before == null) {
      request
          .conditionExpression("attribute_not_exists(#tenant)")
          .expressionAttributeNames(Map.of("#tenant", EntrySchema.TENANT));
    } else {
      Expression condition = new Expression();
      String same =
          condition.fenceIs(before.fence())
              + " AND "
              + condition.is(EntrySchema.VERSION, before.version())
              + " AND "
              + condition.is(EntrySchema.SEALED_AT, before.writtenAt());
      request
          .conditionExpression(same)
          .expressionAttributeNames(condition.names)
          .expressionAttributeValues(condition.values);
    }
    PutItemRequest built = request.build();
    return conditional("put", () -> client.putItem(built));
  }

  @Override
  public Entry raiseFence(CredentialId id, long nowMillis, long deletableAt) {
    // A revoked entry has no ttl and must not get one; whether it is revoked only the table knows.
    Map<String, AttributeValue> unrevoked = tryRaise(id, nowMillis, deletableAt);
    return EntrySchema.fromItem(unrevoked != null ? unrevoked : raiseRevoked(id, nowMillis));
  }

  @Override
  public @Nullable Entry bury(CredentialId id, long nowMillis, Tombstone tombstone) {
    Map<String, AttributeValue> old = bury(new Burial(id, nowMillis, null), tombstone);
    if (old == null) {
      throw new IllegalStateException("an update without a condition has none to fail");
    }
    return old.isEmpty() ? null : EntrySchema.fromItem(old);
  }

  @Override
  public @Nullable Entry buryIfFence(
      CredentialId id, long fence, long nowMillis, Tombstone tombstone) {
    Map<String, AttributeValue> old = bury(new Burial(id, 0, fence), tombstone);
    return old == null ? null : EntrySchema.fromItem(old);
  }

  @Override
  public boolean putRevocation(CredentialId id, long fence, Revocation revocation) {
    Expression e = new Expression();
    String update =
        "SET "
            + e.set(EntrySchema.REVOKED, number(revocation.version()))
            + ", "
            + e.set(EntrySchema.REVOKED_AT, number(revocation.at()))
            + ", "
            + e.set(EntrySchema.RETRY_AT, number(revocation.retryAt()))
            + " REMOVE "
            + e.name(EntrySchema.TTL)
            + ", "
            + e.name(EntrySchema.FILLING_BY)
            + ", "
            + e.name(EntrySchema.FILLING_UNTIL);
    String condition =
        e.fenceIs(fence)
            + " AND "
            + e.name(EntrySchema.STATE)
            + " = "
            + e.value("invalid", AttributeValue.fromS(EntryState.INVALID.name()));
    UpdateItemRequest request = e.update(table, id, update, condition).build();
    return conditional("update", () -> client.updateItem(request));
  }

  @Override
  public boolean lease(CredentialId id, Lease lease, long nowMillis, long deletableAt) {
    // A revoked entry must not get a ttl, as when a fence is raised; any other has one already.
    Expression e = new Expression();
    UpdateItemRequest ofAbsentOrUnrevoked =
        e.update(
                table,
                id,
                e.lease(lease)
                    + ", "
                    + e.setIfAbsent(
                        EntrySchema.STATE, AttributeValue.fromS(EntryState.INVALID.name()))
                    + ", "
                    + e.setIfAbsent(EntrySchema.FENCE, number(nowMillis))
                    + ", "
                    + e.setIfAbsent(EntrySchema.TTL, number(deletableAt)),
                "attribute_not_exists("
                    + e.name(EntrySchema.REVOKED)
                    + ") AND "
                    + e.isUnleased(nowMillis))
            .build();
    if (conditional("update", () -> client.updateItem(ofAbsentOrUnrevoked))) {
      return true;
    }
    Expression revoked = new Expression();
    UpdateItemRequest ofRevoked =
        revoked
            .update(
                table,
                id,
                revoked.lease(lease),
                "attribute_exists("
                    + revoked.name(EntrySchema.REVOKED)
                    + ") AND "
                    + revoked.isUnleased(nowMillis))
            .build();
    return conditional("update", () -> client.updateItem(ofRevoked));
  }

  @Override
  public void release(CredentialId id, String by) {
    Expression e = new Expression();
    String holder = e.name(EntrySchema.FILLING_BY);
    UpdateItemRequest request =
        e.update(
                table,
                id,
                "REMOVE " + holder + ", " + e.name(EntrySchema.FILLING_UNTIL),
                holder + " = " + e.value("by", AttributeValue.fromS(by)))
            .build();
    // Not ours any more: then there is nothing to give back.
    conditional("update", () -> client.updateItem(request));
  }

  /** The item after the change; null if it is revoked. */
  private @Nullable Map<String, AttributeValue> tryRaise(
      CredentialId id, long nowMillis, long deletableAt) {
    Expression e = new Expression();
    String update =
        "SET "
            + e.raisedFence(nowMillis)
            + ", "
            + e.setIfAbsent(EntrySchema.STATE, AttributeValue.fromS(EntryState.INVALID.name()))
            + ", "
            + e.set(EntrySchema.TTL, number(deletableAt));
    UpdateItemRequest request =
        e.update(table, id, update, "attribute_not_exists(" + e.name(EntrySchema.REVOKED) + ")")
            .returnValues(ReturnValue.ALL_NEW)
            .build();
    return returning(request);
  }

  private Map<String, AttributeValue> raiseRevoked(CredentialId id, long nowMillis) {
    Expression e = new Expression();
    UpdateItemRequest request =
        e.update(table, id, "SET " + e.raisedFence(nowMillis), null)
            .returnValues(ReturnValue.ALL_NEW)
            .build();
    return call("update", () -> client.updateItem(request)).attributes();
  }

  /**
   * Which item is buried.
   *
   * @param begin where the fence of an item begins that has none
   * @param fence the fence that the item must have; null if any will do, or none
   */
  private record Burial(CredentialId id, long begin, @Nullable Long fence) {}

  /** The item before the change, empty if there was none; null if it has another fence. */
  private @Nullable Map<String, AttributeValue> bury(Burial burial, Tombstone tombstone) {
    // Which of them applies only the table knows.
    Map<String, AttributeValue> old = tryBury(burial, tombstone);
    if (old == null) {
      old = buryBesideHidden(burial, tombstone.floor());
    }
    return old != null ? old : buryRevoked(burial, tombstone.floor());
  }

  /**
   * Buries, unless there is a revocation that has to stay as it is: then null, as for the wrong
   * fence.
   */
  private @Nullable Map<String, AttributeValue> tryBury(Burial burial, Tombstone tombstone) {
    Expression e = new Expression();
    String revoked = e.name(EntrySchema.REVOKED);
    String condition = "attribute_not_exists(" + revoked + ")";
    Revocation revocation = tombstone.revocation();
    String set;
    String remove;
    if (revocation == null) {
      set = e.set(EntrySchema.TTL, number(tombstone.deletableAt()));
      remove = e.name(EntrySchema.RETRY_AT);
    } else {
      set =
          e.set(EntrySchema.REVOKED, number(revocation.version()))
              + ", "
              + e.set(EntrySchema.REVOKED_AT, number(revocation.at()))
              + ", "
              + e.set(EntrySchema.RETRY_AT, number(revocation.retryAt()));
      remove = e.name(EntrySchema.TTL);
      condition = condition + " OR " + revoked + " <= :" + EntrySchema.REVOKED;
      if (tombstone.narrows()) {
        condition = condition + " OR " + e.revokesAll();
      }
    }
    Long floor = tombstone.floor();
    if (floor == null) {
      remove = remove + ", " + e.name(EntrySchema.VERSION);
    } else {
      set = set + ", " + e.set(EntrySchema.VERSION, number(floor));
    }
    return bury(burial, e, ", " + set, ", " + remove, condition);
  }

  /**
   * Buries and leaves the revocation of all versions that is there, and the version beside it; null
   * if there is no such revocation, or the version is less than the floor or none at all.
   */
  private @Nullable Map<String, AttributeValue> buryBesideHidden(
      Burial burial, @Nullable Long floor) {
    Expression e = new Expression();
    String condition =
        e.revokesAll()
            + " AND attribute_type("
            + e.name(EntrySchema.VERSION)
            + ", "
            + e.value("number", AttributeValue.fromS("N"))
            + ") AND "
            + e.name(EntrySchema.VERSION)
            + " BETWEEN "
            + e.value("floor", number(floor == null ? 0 : floor))
            + " AND "
            + e.value("greatest", number(Versions.MAX));
    return bury(burial, e, "", e.withoutTtl(), condition);
  }

  /** Buries and leaves the revocation, which is there, as it is. */
  private @Nullable Map<String, AttributeValue> buryRevoked(Burial burial, @Nullable Long floor) {
    Expression e = new Expression();
    String set = floor == null ? "" : ", " + e.set(EntrySchema.VERSION, number(floor));
    String remove = floor == null ? ", " + e.name(EntrySchema.VERSION) : "";
    return bury(burial, e, set, e.withoutTtl() + remove, null);
  }

  private @Nullable Map<String, AttributeValue> bury(
      Burial burial, Expression e, String set, String remove, @Nullable String condition) {
    StringBuilder removed = new StringBuilder(" REMOVE ");
    NOT_IN_A_TOMBSTONE.forEach(name -> removed.append(e.name(name)).append(", "));
    String update =
        "SET "
            + e.raisedFence(burial.begin())
            + ", "
            + e.set(EntrySchema.STATE, AttributeValue.fromS(EntryState.INVALID.name()))
            + set
            + removed.substring(0, removed.length() - 2)
            + remove;
    List<String> conditions = new ArrayList<>();
    if (burial.fence() != null) {
      conditions.add(e.fenceIs(burial.fence()));
    }
    if (condition != null) {
      conditions.add("(" + condition + ")");
    }
    String all = conditions.isEmpty() ? null : String.join(" AND ", conditions);
    return returning(
        e.update(table, burial.id(), update, all).returnValues(ReturnValue.ALL_OLD).build());
  }

  private @Nullable Map<String, AttributeValue> returning(UpdateItemRequest request) {
    try {
      return call("update", () -> client.updateItem(request)).attributes();
    } catch (ConditionFailed e) {
      return null;
    }
  }

  private boolean conditional(String what, Supplier<?> call) {
    try {
      call(what, call);
      return true;
    } catch (ConditionFailed e) {
      return false;
    }
  }

  private <T> T call(String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (ConditionalCheckFailedException e) {
      throw new ConditionFailed();
    } catch (RuntimeException e) {
      throw AwsErrors.translate("cannot " + what + " table " + table, e);
    }
  }

  private static Map<String, AttributeValue> key(CredentialId id) {
    return Map.of(
        EntrySchema.TENANT, AttributeValue.fromS(id.tenant()),
        EntrySchema.NAME, AttributeValue.fromS(id.name()));
  }

  private static AttributeValue number(long value) {
    return AttributeValue.fromN(Long.toString(value));
  }

  /** Leaves this class as false or null. */
  private static final class ConditionFailed extends RuntimeException {
    private static final long serialVersionUID = 1;

    ConditionFailed() {
      super(null, null, false, false);
    }
  }

  /** Gathers the names and values of one request's expressions. */
  private static final class Expression {
    final Map<String, String> names = new HashMap<>();
    final Map<String, AttributeValue> values = new HashMap<>();

    String name(String attribute) {
      names.put("#" + attribute, attribute);
      return "#" + attribute;
    }

    String value(String label, AttributeValue value) {
      values.put(":" + label, value);
      return ":" + label;
    }

    String set(String attribute, AttributeValue value) {
      return name(attribute) + " = " + value(attribute, value);
    }

    String setIfAbsent(String attribute, AttributeValue value) {
      String name = name(attribute);
      return name + " = if_not_exists(" + name + ", " + value(attribute, value) + ")";
    }

    /** Where there is no fence, it is raised from {@code begin}. */
    String raisedFence(long begin) {
      String fence = name(EntrySchema.FENCE);
      return fence
          + " = if_not_exists("
          + fence
          + ", "
          + value("begin", number(begin))
          + ") + "
          + value("one", number(1));
    }

    /** True for an item whose fence is {@code fence}; an item without one counts as 0. */
    String fenceIs(long fence) {
      String name = name(EntrySchema.FENCE);
      String is = name + " = " + value("fence", number(fence));
      return fence == 0
          ? "("
              + is
              + " OR (attribute_exists("
              + name(EntrySchema.TENANT)
              + ") AND attribute_not_exists("
              + name
              + ")))"
          : is;
    }

    /** True for an item whose attribute is that number, or which lacks it if that is null. */
    String is(String attribute, @Nullable Long number) {
      String name = name(attribute);
      return number == null
          ? "attribute_not_exists(" + name + ")"
          : name + " = " + value(attribute, number(number));
    }

    /** True for an item with a revocation that has not said yet which version it is about. */
    String revokesAll() {
      return name(EntrySchema.REVOKED) + " = " + value("all", number(Revocation.ALL_VERSIONS));
    }

    /** What is removed besides of an item whose revocation stays. */
    String withoutTtl() {
      return ", " + name(EntrySchema.TTL) + ", " + name(EntrySchema.RETRY_AT);
    }

    /** True for an item that nobody has leased now, and for none. */
    String isUnleased(long nowMillis) {
      String until = name(EntrySchema.FILLING_UNTIL);
      return "(attribute_not_exists("
          + until
          + ") OR "
          + until
          + " <= "
          + value("now", number(nowMillis))
          + ")";
    }

    String lease(Lease lease) {
      return "SET "
          + set(EntrySchema.FILLING_BY, AttributeValue.fromS(lease.by()))
          + ", "
          + set(EntrySchema.FILLING_UNTIL, number(lease.until()));
    }

    /** The request; its expressions are complete before the names and values are copied into it. */
    UpdateItemRequest.Builder update(
        String table, CredentialId id, String update, @Nullable String condition) {
      return UpdateItemRequest.builder()
          .tableName(table)
          .key(key(id))
          .updateExpression(update)
          .conditionExpression(condition)
          .expressionAttributeNames(names)
          .expressionAttributeValues(values);
    }
  }
}
