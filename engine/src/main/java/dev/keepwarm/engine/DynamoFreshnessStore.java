package dev.keepwarm.engine;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Attributes;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.FreshnessRecord;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;

/**
 * The freshness store in DynamoDB: attributes of the tenants in the wheel table, a control item in
 * its slot -1, and items of the cache table whose keys are not ids. Thread-safe, as the client is.
 *
 * <p>An attribute of the wrong type counts as absent. A request that is repeated because its answer
 * was lost recognises its own first write by the values that it wrote.
 */
public final class DynamoFreshnessStore implements FreshnessStore {
  /** Attribute of a tenant on the wheel: the generation of {@link FreshnessStore.Sealing}. */
  static final String GENERATION = "generation";

  /** Attribute of a tenant on the wheel: the id of {@link FreshnessStore.Sealing}. */
  static final String SEALED_AS = "sealedAs";

  /** Attribute of a tenant on the wheel: {@link FreshnessStore.Sealing#begun}. */
  static final String SEALING_AS = "sealingAs";

  static final String SECRET = "secret";
  static final String FORMER_SECRET = "formerSecret";
  static final String FORMER_UNTIL = "formerUntil";
  static final String ROTATION = "rotation";
  private static final int CONTROL = -1;
  private static final String SIGNING = "signing";
  private static final AttributeValue TEXT = AttributeValue.fromS("S");

  private final DynamoTable wheel;
  private final DynamoTable cache;
  private final int slots;

  /** The store in the tables with these names. The wheel has {@code slots} slots. */
  public DynamoFreshnessStore(
      DynamoDbClient client, String wheelTable, String cacheTable, int slots) {
    this.wheel = new DynamoTable(client, wheelTable);
    this.cache = new DynamoTable(client, cacheTable);
    this.slots = slots;
  }

  @Override
  public Slot slot(int slot) {
    List<Map<String, AttributeValue>> items =
        wheel.query(WheelSchema.ofSlot(slot).consistentRead(true));
    Set<String> tenants = new HashSet<>();
    Map<String, Sealing> sealings = new HashMap<>();
    for (Map<String, AttributeValue> item : items) {
      Sealing sealing = sealing(item);
      String tenant = Attributes.text(item, WheelSchema.TENANT);
      // Nobody checks a foreign item, see DynamoWheel.
      if (tenant != null && CredentialId.isValidPart(tenant)) {
        tenants.add(tenant);
        if (sealing != null) {
          sealings.put(tenant, sealing);
        }
      }
    }
    return new Slot(tenants, sealings);
  }

  @Override
  public @Nullable Sealing sealing(String tenant) {
    return sealing(wheel.get(key(tenant)));
  }

  @Override
  public @Nullable Sealing begin(String tenant, String generation) {
    Expression e = renewal(generation);
    e.require("NOT attribute_type(" + e.name(GENERATION) + ", " + e.value("text", TEXT) + ")");
    return switch (wheel.update(key(tenant), e, ReturnValue.NONE)) {
      case DynamoTable.Done done -> Sealing.of(generation);
      case DynamoTable.Refused refused -> sealing(refused.item());
    };
  }

  @Override
  public void renew(String tenant, String generation) {
    // If the tenant is not on the wheel, no record vouches for it.
    DynamoTable.Written unused = wheel.update(key(tenant), renewal(generation), ReturnValue.NONE);
  }

  @Override
  public @Nullable Sealing renewIf(String tenant, String from, String to, SdkBytes begun) {
    Expression e =
        generation(to).set(SEALING_AS, AttributeValue.fromB(begun)).requireEqual(GENERATION, from);
    return switch (wheel.update(key(tenant), e, ReturnValue.NONE)) {
      case DynamoTable.Done done -> new Sealing(to, null, begun);
      case DynamoTable.Refused refused -> sealing(refused.item());
    };
  }

  @Override
  public boolean sealed(String tenant, String generation, SdkBytes id) {
    Expression e =
        new Expression()
            .set(SEALED_AS, AttributeValue.fromB(id))
            .remove(SEALING_AS)
            .requireEqual(GENERATION, generation);
    return wheel.update(key(tenant), e, ReturnValue.NONE) instanceof DynamoTable.Done;
  }

  @Override
  public @Nullable SdkBytes record(int slot) {
    return Attributes.bytes(cache.get(FreshnessRecord.key(slot)), FreshnessRecord.RECORD);
  }

  @Override
  public boolean putRecord(
      int slot, @Nullable SdkBytes before, SdkBytes record, long checkedAt, long deletableAt) {
    Map<String, AttributeValue> item = new HashMap<>(FreshnessRecord.key(slot));
    item.put(FreshnessRecord.RECORD, AttributeValue.fromB(record));
    item.put(FreshnessRecord.CHECKED_AT, AttributeValue.fromN(Long.toString(checkedAt)));
    item.put(EntrySchema.TTL, AttributeValue.fromN(Long.toString(deletableAt)));
    Expression e = new Expression();
    if (before == null) {
      // An item may exist that has no bytes.
      e.require(
          "NOT attribute_type("
              + e.name(FreshnessRecord.RECORD)
              + ", "
              + e.value("bytes", AttributeValue.fromS("B"))
              + ")");
    } else {
      e.requireEqual(FreshnessRecord.RECORD, AttributeValue.fromB(before));
    }
    return switch (cache.put(item, e)) {
      case DynamoTable.Done done -> true;
      case DynamoTable.Refused refused ->
          record.equals(Attributes.bytes(refused.item(), FreshnessRecord.RECORD));
    };
  }

  @Override
  public @Nullable Secrets secrets() {
    Map<String, AttributeValue> item = wheel.get(control());
    return secrets(item);
  }

  private static @Nullable Secrets secrets(Map<String, AttributeValue> item) {
    SdkBytes current = Attributes.bytes(item, SECRET);
    if (current == null) {
      return null;
    }
    SdkBytes former = Attributes.bytes(item, FORMER_SECRET);
    Long formerUntil =
        former == null ? null : Attributes.number(item, FORMER_UNTIL, Long.MAX_VALUE);
    return new Secrets(current, former, formerUntil, rotation(item));
  }

  /**
   * The rotation that an operator requested. A kind that this version does not know is read as
   * gradual, but {@link #replaceSecrets} does not carry it out.
   */
  private static @Nullable Rotation rotation(Map<String, AttributeValue> item) {
    String rotation = Attributes.text(item, ROTATION);
    if (rotation == null) {
      return null;
    }
    return rotation.equals(Rotation.AT_ONCE.name()) ? Rotation.AT_ONCE : Rotation.GRADUAL;
  }

  @Override
  public boolean createSecret(SdkBytes wrapped) {
    return putSecrets(Secrets.of(wrapped), new Expression().requireAbsent(SECRET));
  }

  @Override
  public boolean replaceSecrets(Secrets before, Secrets after) {
    Expression e = new Expression().requireEqual(SECRET, AttributeValue.fromB(before.current()));
    if (before.asked() == null) {
      e.requireAbsent(ROTATION);
    } else {
      e.requireEqual(ROTATION, before.asked().name());
    }
    return putSecrets(after, e);
  }

  private boolean putSecrets(Secrets secrets, Expression e) {
    Map<String, AttributeValue> item = new HashMap<>(control());
    item.put(SECRET, AttributeValue.fromB(secrets.current()));
    if (secrets.former() != null) {
      item.put(FORMER_SECRET, AttributeValue.fromB(secrets.former()));
    }
    if (secrets.formerUntil() != null) {
      item.put(FORMER_UNTIL, AttributeValue.fromN(Long.toString(secrets.formerUntil())));
    }
    if (secrets.asked() != null) {
      item.put(ROTATION, AttributeValue.fromS(secrets.asked().name()));
    }
    return switch (wheel.put(item, e)) {
      case DynamoTable.Done done -> true;
      case DynamoTable.Refused refused -> secrets.equals(secrets(refused.item()));
    };
  }

  private static @Nullable Sealing sealing(Map<String, AttributeValue> item) {
    String generation = Attributes.text(item, GENERATION);
    return generation == null
        ? null
        : new Sealing(
            generation, Attributes.bytes(item, SEALED_AS), Attributes.bytes(item, SEALING_AS));
  }

  private static Expression renewal(String generation) {
    return generation(generation).remove(SEALING_AS);
  }

  /** Sets another generation, of which no entry is sealed yet. */
  private static Expression generation(String generation) {
    return new Expression()
        .set(GENERATION, generation)
        .remove(SEALED_AS)
        .requireExists(WheelSchema.TENANT);
  }

  private Map<String, AttributeValue> key(String tenant) {
    return WheelSchema.key(Wheel.slotOf(tenant, slots), tenant);
  }

  private static Map<String, AttributeValue> control() {
    return WheelSchema.key(CONTROL, SIGNING);
  }
}
