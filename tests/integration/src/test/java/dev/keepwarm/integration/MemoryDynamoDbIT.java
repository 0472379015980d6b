package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.engine.MemoryDynamoDb;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/** The in-memory DynamoDB that tests use behaves like DynamoDB Local. */
@ExtendWith(EndpointsExtension.class)
class MemoryDynamoDbIT {
  private static final Pattern TERM = Pattern.compile("[#:][a-z]+");

  private static final Map<String, AttributeValue> VALUES =
      Map.of(
          ":one", AttributeValue.fromN("1"),
          ":five", AttributeValue.fromN("5"),
          ":ten", AttributeValue.fromN("10.0"),
          ":text", AttributeValue.fromS("5"),
          ":start", AttributeValue.fromS("st"),
          ":number", AttributeValue.fromS("N"),
          ":bytes", AttributeValue.fromB(SdkBytes.fromUtf8String("b")),
          ":flag", AttributeValue.fromBool(true));

  /** The stored items of the tests; the first one means that there is no item. */
  private static final List<Map<String, AttributeValue>> ITEMS =
      List.of(
          Map.of(),
          Map.of("t", AttributeValue.fromS("start")),
          Map.of("n", AttributeValue.fromN("5"), "t", AttributeValue.fromS("st")),
          Map.of("n", AttributeValue.fromN("10"), "b", VALUES.get(":bytes")),
          Map.of("b", AttributeValue.fromB(SdkBytes.fromUtf8String("bytes"))),
          Map.of("b", AttributeValue.fromB(SdkBytes.fromUtf8String("other"))),
          Map.of("n", AttributeValue.fromS("5")),
          Map.of("n", AttributeValue.fromN("-5")),
          Map.of("n", AttributeValue.fromN("1.50")),
          Map.of("n", AttributeValue.fromN("99999999999999999999999999999999999999")),
          Map.of("n", AttributeValue.fromBool(true)),
          Map.of("n", AttributeValue.fromNul(true)));

  private static final List<String> CONDITIONS =
      List.of(
          "attribute_exists(#n)",
          "attribute_not_exists(#n)",
          "attribute_not_exists(#h)",
          "attribute_exists(#h) AND attribute_not_exists(#n)",
          "#n = :five",
          "#n <> :five",
          "#n < :ten",
          "#n <= :ten",
          "#n > :five",
          "#n >= :five",
          "#n = :ten",
          "#n = :text",
          "#n = :flag",
          "#n < :flag",
          "#n < :text",
          "#n < #t",
          "#n BETWEEN :one AND :ten",
          "#n BETWEEN :ten AND :one",
          "#n BETWEEN :one AND :text",
          "NOT #n BETWEEN :one AND :ten",
          "#n IN (:one, :five, :text)",
          "attribute_type(#n, :number)",
          "attribute_type(#n, :text)",
          "begins_with(#t, :start)",
          "begins_with(#n, :start)",
          "begins_with(#b, :bytes)",
          "NOT begins_with(#b, :bytes)",
          "begins_with(#n, :bytes)",
          "begins_with(#b, :start)",
          "size(#t) > :one",
          "size(#n) > :one",
          "#t = :start AND #n = :five OR attribute_not_exists(#n)",
          "#t = :start AND (#n = :five OR attribute_not_exists(#n))",
          "NOT #t = :start AND NOT attribute_not_exists(#n)",
          "NOT (attribute_not_exists(#n) OR #n <= :five)",
          "#n = :undefined",
          "#undefined = :five");

  private static final List<String> UPDATES =
      List.of(
          "SET #n = :five",
          "SET #n = #n + :one",
          "SET #n = #n - :ten",
          "SET #n = if_not_exists(#n, :ten) + :one",
          "SET #n = if_not_exists(#n, :text)",
          "SET #n = #t",
          "SET #t = #n, #n = :one",
          "SET #n = :one REMOVE #t",
          "REMOVE #n, #t",
          "REMOVE #n, #n",
          "SET #n = :one REMOVE #n",
          "SET #n = :one, #n = :five",
          "SET #n = :text + :one",
          "SET #h = :start",
          "REMOVE #n SET #t = :start");

  private static final Map<String, String> NAMES =
      Map.of("#n", "n", "#t", "t", "#b", "b", "#h", "tenant");

  private static Tables tables;
  private static String table;
  private static MemoryDynamoDb memory;

  @BeforeAll
  static void create(Endpoints endpoints) {
    endpoints.assumeDynamoDbLocal();
    tables = new Tables(endpoints);
    table = tables.create("tenant", ScalarAttributeType.S, "name");
    memory = new MemoryDynamoDb();
    memory.createTable(table, "tenant", AttributeValue.Type.S, "name");
  }

  @AfterAll
  static void delete() {
    if (tables != null) {
      tables.close();
    }
  }

  @Test
  void conditionsHoldForTheSameItems() {
    int number = 0;
    for (Map<String, AttributeValue> item : ITEMS) {
      for (String condition : CONDITIONS) {
        compare("c" + number++, item, "SET #mark = :five", condition);
      }
    }
  }

  @Test
  void updatesHaveTheSameEffect() {
    int number = 0;
    for (Map<String, AttributeValue> item : ITEMS) {
      for (String update : UPDATES) {
        compare("u" + number++, item, update, null);
      }
    }
  }

  private static void compare(
      String name, Map<String, AttributeValue> item, String update, @Nullable String condition) {
    Map<String, AttributeValue> key =
        Map.of("tenant", AttributeValue.fromS("t"), "name", AttributeValue.fromS(name));
    UpdateItemRequest request = request(key, update, condition);
    String real = outcome(tables.client(), key, item, request);

    assertThat(outcome(memory, key, item, request))
        .as("%s if %s on %s", update, condition, item)
        .isEqualTo(real);
  }

  private static UpdateItemRequest request(
      Map<String, AttributeValue> key, String update, @Nullable String condition) {
    Map<String, String> names = new HashMap<>();
    Map<String, AttributeValue> values = new HashMap<>();
    Matcher terms = TERM.matcher(update + " " + condition);
    while (terms.find()) {
      String term = terms.group();
      if (term.equals("#mark")) {
        names.put(term, "mark");
      } else if (NAMES.containsKey(term)) {
        names.put(term, NAMES.get(term));
      } else if (VALUES.containsKey(term)) {
        values.put(term, VALUES.get(term));
      }
    }
    return UpdateItemRequest.builder()
        .tableName(table)
        .key(key)
        .updateExpression(update)
        .conditionExpression(condition)
        .expressionAttributeNames(names)
        .expressionAttributeValues(values.isEmpty() ? null : values)
        .returnValues(ReturnValue.ALL_OLD)
        .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
        .build();
  }

  private static String outcome(
      DynamoDbClient client,
      Map<String, AttributeValue> key,
      Map<String, AttributeValue> item,
      UpdateItemRequest request) {
    if (!item.isEmpty()) {
      Map<String, AttributeValue> planted = new HashMap<>(key);
      planted.putAll(item);
      client.putItem(r -> r.tableName(table).item(planted));
    }
    String answer;
    try {
      answer = "was " + sorted(client.updateItem(request).attributes());
    } catch (DynamoDbException e) {
      answer = e.awsErrorDetails().errorCode();
    }
    return answer
        + ", is "
        + sorted(client.getItem(r -> r.tableName(table).key(key).consistentRead(true)).item());
  }

  /** As text. DynamoDB Local leaves zeros at the end of a sum, which DynamoDB itself trims. */
  private static String sorted(Map<String, AttributeValue> item) {
    Map<String, Object> sorted = new TreeMap<>(item);
    sorted.replaceAll((name, value) -> {
      String number = item.get(name).n();
      return number == null ? value : new BigDecimal(number).stripTrailingZeros();
    });
    return sorted.toString();
  }
}
