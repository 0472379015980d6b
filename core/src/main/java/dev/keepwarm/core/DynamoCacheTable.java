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
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/** The cache table in DynamoDB. Thread-safe, as the client is. */
public final class DynamoCacheTable implements CacheTable {
  /** What a tombstone does not keep. */
  private static final String REMOVED =
      "#sealed, #dataKey, #dataKeyCreatedAt, #sealedAt, #softExpiresAt, #hardExpiresAt, #failure,"
          + " #siblings, #fillingBy, #fillingUntil";

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
  public List<Entry> readTenant(String tenant) {
    QueryRequest request =
        QueryRequest.builder()
            .tableName(table)
            .consistentRead(true)
            .keyConditionExpression("#tenant = :tenant")
            .expressionAttributeNames(Map.of("#tenant", EntrySchema.TENANT))
            .expressionAttributeValues(Map.of(":tenant", AttributeValue.fromS(tenant)))
            .build();
    List<Entry> entries = new ArrayList<>();
    Map<String, AttributeValue> from = Map.of();
    do {
      QueryRequest page =
          from.isEmpty() ? request : request.toBuilder().exclusiveStartKey(from).build();
      QueryResponse response = call("query", () -> client.query(page));
      response.items().forEach(item -> entries.add(EntrySchema.fromItem(item)));
      from = response.lastEvaluatedKey();
    } while (!from.isEmpty());
    return entries;
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
  public Entry raiseFence(CredentialId id, long deletableAt) {
    // A revoked entry has no ttl and must not get one; whether it is revoked only the table knows.
    Map<String, AttributeValue> unrevoked = tryRaise(id, deletableAt);
    return EntrySchema.fromItem(unrevoked != null ? unrevoked : raiseRevoked(id));
  }

  @Override
  public @Nullable Entry bury(CredentialId id, Tombstone tombstone) {
    Map<String, AttributeValue> old = tryBury(id, null, tombstone, tombstone.revocation() == null);
    if (old == null) {
      old = tryBury(id, null, tombstone, false);
    }
    if (old == null) {
      throw new IllegalStateException("an unconditional update has no condition to fail");
    }
    return old.isEmpty() ? null : EntrySchema.fromItem(old);
  }

  @Override
  public boolean buryIfFence(CredentialId id, long fence, Tombstone tombstone) {
    return tryBury(id, fence, tombstone, tombstone.revocation() == null) != null
        || (tombstone.revocation() == null && tryBury(id, fence, tombstone, false) != null);
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
    Expression existing = new Expression();
    String set = existing.lease(lease);
    String until = existing.name(EntrySchema.FILLING_UNTIL);
    UpdateItemRequest ofExisting =
        existing
            .update(
                table,
                id,
                set,
                "attribute_exists("
                    + existing.name(EntrySchema.TENANT)
                    + ") AND (attribute_not_exists("
                    + until
                    + ") OR "
                    + until
                    + " <= "
                    + existing.value("now", number(nowMillis))
                    + ")")
            .build();
    if (conditional("update", () -> client.updateItem(ofExisting))) {
      return true;
    }
    // Absent, or somebody else's.
    Expression absent = new Expression();
    UpdateItemRequest ofAbsent =
        absent
            .update(
                table,
                id,
                absent.lease(lease)
                    + ", "
                    + absent.set(EntrySchema.STATE, AttributeValue.fromS(EntryState.INVALID.name()))
                    + ", "
                    + absent.set(EntrySchema.FENCE, number(0))
                    + ", "
                    + absent.set(EntrySchema.TTL, number(deletableAt)),
                "attribute_not_exists(" + absent.name(EntrySchema.TENANT) + ")")
            .build();
    return conditional("update", () -> client.updateItem(ofAbsent));
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
    boolean unused = conditional("update", () -> client.updateItem(request));
  }

  /** The item after the change; null if it is revoked. */
  private @Nullable Map<String, AttributeValue> tryRaise(CredentialId id, long deletableAt) {
    Expression e = new Expression();
    String state = e.name(EntrySchema.STATE);
    String update =
        "SET "
            + e.raisedFence()
            + ", "
            + state
            + " = if_not_exists("
            + state
            + ", "
            + e.value("invalid", AttributeValue.fromS(EntryState.INVALID.name()))
            + "), "
            + e.set(EntrySchema.TTL, number(deletableAt));
    UpdateItemRequest request =
        e.update(table, id, update, "attribute_not_exists(" + e.name(EntrySchema.REVOKED) + ")")
            .returnValues(ReturnValue.ALL_NEW)
            .build();
    return returning(request);
  }

  private Map<String, AttributeValue> raiseRevoked(CredentialId id) {
    Expression e = new Expression();
    UpdateItemRequest request =
        e.update(table, id, "SET " + e.raisedFence(), null)
            .returnValues(ReturnValue.ALL_NEW)
            .build();
    return call("update", () -> client.updateItem(request)).attributes();
  }

  /**
   * The item before the change, empty if there was none; null if a condition failed.
   *
   * @param unrevoked whether it must not have a revocation, and so is given a {@code ttl}
   */
  private @Nullable Map<String, AttributeValue> tryBury(
      CredentialId id, @Nullable Long fence, Tombstone tombstone, boolean unrevoked) {
    Expression e = new Expression();
    StringBuilder set = new StringBuilder("SET ").append(e.raisedFence());
    StringBuilder remove = new StringBuilder(" REMOVE ").append(REMOVED);
    for (String name : REMOVED.split(", *")) {
      e.name(name.substring(1));
    }
    set.append(", ")
        .append(e.set(EntrySchema.STATE, AttributeValue.fromS(EntryState.INVALID.name())));
    if (tombstone.floor() == null) {
      remove.append(", ").append(e.name(EntrySchema.VERSION));
    } else {
      set.append(", ").append(e.set(EntrySchema.VERSION, number(tombstone.floor())));
    }
    Revocation revocation = tombstone.revocation();
    if (revocation != null) {
      set.append(", ")
          .append(e.set(EntrySchema.REVOKED, number(revocation.version())))
          .append(", ")
          .append(e.set(EntrySchema.REVOKED_AT, number(revocation.at())))
          .append(", ")
          .append(e.set(EntrySchema.RETRY_AT, number(revocation.retryAt())));
    } else {
      remove.append(", ").append(e.name(EntrySchema.RETRY_AT));
    }
    if (unrevoked) {
      set.append(", ").append(e.set(EntrySchema.TTL, number(tombstone.deletableAt())));
    } else {
      remove.append(", ").append(e.name(EntrySchema.TTL));
    }
    List<String> conditions = new ArrayList<>();
    if (fence != null) {
      conditions.add(e.fenceIs(fence));
    }
    if (unrevoked) {
      conditions.add("attribute_not_exists(" + e.name(EntrySchema.REVOKED) + ")");
    }
    String condition = conditions.isEmpty() ? null : String.join(" AND ", conditions);
    return returning(
        e.update(table, id, set.toString() + remove, condition)
            .returnValues(ReturnValue.ALL_OLD)
            .build());
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

    String raisedFence() {
      String fence = name(EntrySchema.FENCE);
      return fence
          + " = if_not_exists("
          + fence
          + ", "
          + value("zero", number(0))
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
