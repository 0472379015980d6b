package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/** {@code MemoryDynamoDbIT} checks that it agrees with DynamoDB Local. */
final class MemoryDynamoDbTest {
  private static final String TABLE = "table";
  private static final Map<String, AttributeValue> KEY = Map.of("h", text("a"), "r", text("b"));

  private final AtomicLong now = new AtomicLong(10_000);
  private final AtomicLong lag = new AtomicLong();
  private final MemoryDynamoDb client = new MemoryDynamoDb(now::get, lag::get, 3_000);

  MemoryDynamoDbTest() {
    client.createTable(TABLE, "h", AttributeValue.Type.S, "r");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "#n = :five; true",
        "#n = :text; false",
        "#n <> :five; false",
        "#absent <> :five; true",
        "#absent = :five; false",
        "#n < :six AND #n > :five; false",
        "#n < :six OR #n > :six AND #n = :six; true",
        "(#n < :six OR #n > :six) AND #n = :six; false",
        "NOT #n = :six; true",
        "#n BETWEEN :five AND :six; true",
        "#t IN (:five, :text); true",
        "attribute_exists(#n) AND attribute_not_exists(#absent); true",
        "attribute_exists(#absent); false",
        "attribute_type(#n, :typeN) AND NOT attribute_type(#t, :typeN); true",
        "begins_with(#t, :start); true",
        "size(#t) = :five; true",
        "#t < :six; false"
      })
  void evaluatesConditions(String condition, boolean holds) {
    put(Map.of("n", number("5"), "t", text("start")));

    assertThat(DynamoExpressions.condition(condition).holds(item(), terms())).isEqualTo(holds);
  }

  @Test
  void comparesNumbersAsNumbers() {
    put(Map.of("n", number("10")));
    Map<String, AttributeValue> values = Map.of(":five", number("9"), ":six", number("10.0"));

    DynamoExpressions.Terms terms = DynamoExpressions.Terms.of(Map.of("#n", "n"), values);

    assertThat(DynamoExpressions.condition("#n > :five AND #n = :six").holds(item(), terms))
        .isTrue();
  }

  @Test
  void updatesFromWhatWasThereBefore() {
    put(Map.of("n", number("5"), "t", text("old")));

    Map<String, AttributeValue> after =
        client
            .updateItem(
                update("SET #n = if_not_exists(#n, :six) + :five, #absent = #t REMOVE #t")
                    .returnValues(ReturnValue.ALL_NEW)
                    .build())
            .attributes();

    assertThat(after)
        .containsEntry("n", number("10"))
        .containsEntry("absent", text("old"))
        .doesNotContainKey("t")
        .isEqualTo(item());
  }

  @Test
  void anUpdateMakesAnItemWhereThereIsNone() {
    client.updateItem(update("SET #n = if_not_exists(#n, :six) + :five").build());

    assertThat(item()).containsEntry("n", number("11")).containsAllEntriesOf(KEY).hasSize(3);
  }

  @Test
  void aFailedConditionChangesNothingAndCanTellWhatIsThere() {
    put(Map.of("n", number("5")));
    Map<String, AttributeValue> before = item();

    assertThatExceptionOfType(ConditionalCheckFailedException.class)
        .isThrownBy(() ->
            client.updateItem(
                update("SET #n = :six")
                    .conditionExpression("#n = :six")
                    .returnValuesOnConditionCheckFailure(
                        ReturnValuesOnConditionCheckFailure.ALL_OLD)
                    .build()))
        .satisfies(e -> assertThat(e.item()).isEqualTo(before));

    assertThat(item()).isEqualTo(before);
  }

  @Test
  void refusesArithmeticOnWhatIsNoNumber() {
    put(Map.of("n", text("5")));

    assertInvalid(update("SET #n = #n + :five").build());
    assertInvalid(update("SET #n = #absent + :five").build());
  }

  @Test
  void refusesTermsThatAreUndefinedOrUnused() {
    assertInvalid(
        UpdateItemRequest.builder()
            .tableName(TABLE)
            .key(KEY)
            .updateExpression("SET #n = :five")
            .expressionAttributeNames(Map.of("#n", "n"))
            .build());
    assertInvalid(
        update("SET #n = :five")
            .expressionAttributeNames(Map.of("#n", "n", "#t", "t"))
            .expressionAttributeValues(Map.of(":five", number("5")))
            .build());
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> client.updateItem(update("ADD #n :five").build()))
        .withMessageContaining("ADD");
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(
            () -> client.query(r -> r.tableName(TABLE).indexName("i").keyConditionExpression("x")))
        .withMessageContaining("IndexName");
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> DynamoExpressions.condition("bare = :five"));
  }

  @Test
  void readsThatAreNotConsistentLag() {
    put(Map.of("n", number("1")));
    now.addAndGet(1_000);
    put(Map.of("n", number("2")));
    now.addAndGet(500);

    lag.set(600);
    assertThat(lagging().get("n")).isEqualTo(number("1"));
    assertThat(item().get("n")).isEqualTo(number("2"));
    lag.set(1_600);
    assertThat(lagging()).isEmpty();
    lag.set(400);
    assertThat(lagging().get("n")).isEqualTo(number("2"));
  }

  @Test
  void pagesEndWhereTheyAreFull() {
    for (String range : List.of("a", "b", "c", "d")) {
      client.putItem(r -> r.tableName(TABLE).item(Map.of("h", text("a"), "r", text(range))));
    }
    client.pageSize(2);

    List<String> found = new ArrayList<>();
    List<Integer> pages = new ArrayList<>();
    Map<String, AttributeValue> from = null;
    do {
      Map<String, AttributeValue> start = from;
      var page =
          client.query(r ->
              r.tableName(TABLE)
                  .consistentRead(true)
                  .exclusiveStartKey(start)
                  .keyConditionExpression("#h = :a")
                  .expressionAttributeNames(Map.of("#h", "h"))
                  .expressionAttributeValues(Map.of(":a", text("a"))));
      page.items().forEach(item -> found.add(item.get("r").s()));
      pages.add(page.items().size());
      from = page.hasLastEvaluatedKey() ? page.lastEvaluatedKey() : null;
    } while (from != null);

    assertThat(found).containsExactly("a", "b", "c", "d");
    assertThat(pages).containsExactly(2, 2, 0);
  }

  @Test
  void deletesWhatIsPastItsTtl() {
    put(Map.of("ttl", number("1000")));

    client.deleteExpired(TABLE, "ttl", 1_000_000);
    assertThat(client.items(TABLE)).hasSize(1);
    client.deleteExpired(TABLE, "ttl", 1_000_001);
    assertThat(client.items(TABLE)).isEmpty();
  }

  private void assertInvalid(UpdateItemRequest request) {
    assertThatExceptionOfType(DynamoDbException.class)
        .isThrownBy(() -> client.updateItem(request))
        .satisfies(
            e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("ValidationException"));
  }

  /** An update with just the terms that it uses. */
  private static UpdateItemRequest.Builder update(String expression) {
    DynamoExpressions.Terms all = terms();
    Set<String> used =
        expression.startsWith("ADD") ? Set.of() : DynamoExpressions.update(expression).terms();
    Map<String, String> names = new HashMap<>(all.names());
    names.keySet().retainAll(used);
    Map<String, AttributeValue> values = new HashMap<>(all.values());
    values.keySet().retainAll(used);
    return UpdateItemRequest.builder()
        .tableName(TABLE)
        .key(KEY)
        .updateExpression(expression)
        .expressionAttributeNames(names)
        .expressionAttributeValues(values);
  }

  private static DynamoExpressions.Terms terms() {
    return DynamoExpressions.Terms.of(
        Map.of("#n", "n", "#t", "t", "#absent", "absent"),
        Map.of(
            ":five", number("5"),
            ":six", number("6"),
            ":text", text("start"),
            ":start", text("st"),
            ":typeN", text("N")));
  }

  private void put(Map<String, AttributeValue> attributes) {
    Map<String, AttributeValue> item = new HashMap<>(KEY);
    item.putAll(attributes);
    client.putItem(PutItemRequest.builder().tableName(TABLE).item(item).build());
  }

  private Map<String, AttributeValue> item() {
    return client.getItem(r -> r.tableName(TABLE).key(KEY).consistentRead(true)).item();
  }

  private Map<String, AttributeValue> lagging() {
    return client.getItem(r -> r.tableName(TABLE).key(KEY)).item();
  }

  private static AttributeValue text(String text) {
    return AttributeValue.fromS(text);
  }

  private static AttributeValue number(String number) {
    return AttributeValue.fromN(number);
  }
}
