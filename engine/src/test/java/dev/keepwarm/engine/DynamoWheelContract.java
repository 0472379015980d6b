package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.engine.Wheel.Cursor;
import dev.keepwarm.engine.Wheel.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Additional behaviour of a {@link DynamoWheel}, with malformed items in its table. */
public abstract class DynamoWheelContract extends WheelContract {
  /** The client of the tables. */
  protected abstract DynamoDbClient client();

  /** Makes a table for a wheel, and says its name. */
  protected abstract String newTable();

  @Override
  protected final Wheel emptyWheel(int slots) {
    return new DynamoWheel(client(), newTable(), slots);
  }

  static List<AttributeValue> malformed() {
    return List.of(
        AttributeValue.fromS("x"),
        AttributeValue.fromN("-5"),
        AttributeValue.fromN("1.5"),
        AttributeValue.fromN("1" + "0".repeat(37)),
        AttributeValue.fromNul(true));
  }

  /** Otherwise no warmer would ever publish again. */
  @ParameterizedTest
  @MethodSource("malformed")
  void aMalformedCursorIsReplaced(AttributeValue value) {
    for (String attribute : List.of("published", "slotMillis")) {
      String table = newTable();
      Wheel wheel = new DynamoWheel(client(), table, 1);
      Cursor first = new Cursor(100, 293);
      assertThat(wheel.advance(null, first)).isTrue();
      set(table, "-1", "cursor", attribute, value);

      assertThat(wheel.cursor()).isNull();
      assertThat(wheel.advance(first, new Cursor(101, 293))).isFalse();
      assertThat(wheel.advance(null, new Cursor(102, 293))).isTrue();

      assertThat(wheel.cursor()).isEqualTo(new Cursor(102, 293));
      assertThat(wheel.advance(null, first)).isFalse();
    }
  }

  @Test
  void refusesToGoOnWhereNoPageBegins() {
    for (String from : List.of("", "acme", "0:", ":acme", "x:acme")) {
      assertThatExceptionOfType(KeepwarmException.class)
          .as(from)
          .isThrownBy(() -> emptyWheel(1).tenants(from, 3))
          .returns(ErrorCode.INVALID_REQUEST, KeepwarmException::code);
    }
  }

  /** Otherwise no tenant would ever be discovered again. */
  @ParameterizedTest
  @MethodSource("malformed")
  void aMalformedDiscoveryIsNone(AttributeValue value) {
    String table = newTable();
    Wheel wheel = new DynamoWheel(client(), table, 1);
    wheel.putDiscovery(new Wheel.Discovery(1, "from"));
    set(table, "-1", "discovery", "startedAt", value);

    assertThat(wheel.discovery()).isNull();
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void aMalformedTimeOfATenantIsReplaced(AttributeValue value) {
    String table = newTable();
    Wheel wheel = new DynamoWheel(client(), table, 1);
    assertThat(wheel.enrol("acme")).isTrue();
    set(table, "0", "acme", "unusedSince", value);
    assertThat(wheel.slot(0)).containsExactly(new Member("acme", null));

    wheel.watch("acme", 10);
    assertThat(wheel.slot(0)).containsExactly(new Member("acme", 10L));

    set(table, "0", "acme", "unusedSince", value);
    assertThat(wheel.enrol("acme")).isFalse();
    wheel.watch("acme", 20);
    assertThat(wheel.slot(0)).containsExactly(new Member("acme", 20L));
  }

  /** One item that is not a tenant's must not prevent the listing of the others. */
  @Test
  void skipsItemsWhoseSlotOrTenantIsNone() {
    String table = newTable();
    Wheel wheel = new DynamoWheel(client(), table, 1);
    assertThat(wheel.enrol("acme")).isTrue();
    for (String slot : List.of("0.5", "1" + "0".repeat(37), "-2", "12345678")) {
      set(table, slot, "other", "unusedSince", AttributeValue.fromN("1"));
    }
    set(table, "0", "no tenant", "unusedSince", AttributeValue.fromN("1"));

    List<String> paged = new ArrayList<>();
    String from = null;
    do {
      Source.TenantPage page = wheel.tenants(from, 1);
      paged.addAll(page.tenants());
      from = page.next();
    } while (from != null);

    assertThat(paged).containsExactly("acme");
    assertThat(wheel.slot(0)).containsExactly(new Member("acme", null));
  }

  private void set(
      String table, String slot, String tenant, String attribute, AttributeValue value) {
    client()
        .updateItem(r ->
            r.tableName(table)
                .key(
                    Map.of(
                        "slot", AttributeValue.fromN(slot), "tenant", AttributeValue.fromS(tenant)))
                .updateExpression("SET #attribute = :value")
                .expressionAttributeNames(Map.of("#attribute", attribute))
                .expressionAttributeValues(Map.of(":value", value)));
  }
}
