package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

final class ExpressionTest {
  private static final AttributeValue ONE = AttributeValue.fromN("1");
  private static final AttributeValue TWO = AttributeValue.fromN("2");

  @Test
  void whatIsToBeTheSameHasTheSameAttributesAndNoOthers() {
    Expression e = new Expression().requireSame(Map.of("a", ONE, "c", ONE), List.of("a", "b"));

    assertThat(holds(e, Map.of("a", ONE))).isTrue();
    assertThat(holds(e, Map.of("a", ONE, "c", TWO))).as("of no interest").isTrue();
    assertThat(holds(e, Map.of("a", TWO))).isFalse();
    assertThat(holds(e, Map.of("a", ONE, "b", ONE))).isFalse();
    assertThat(holds(e, Map.of())).isFalse();
  }

  private static boolean holds(Expression e, Map<String, AttributeValue> item) {
    return DynamoExpressions.condition(e.condition())
        .holds(item, DynamoExpressions.Terms.of(e.names(), e.values()));
  }
}
