package dev.keepwarm.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.tuple;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FlameGraphsTest {
  private static final String STACKS =
      """
      java/lang/Thread.run;dev/keepwarm/reader/Flight.fly;software/amazon/awssdk/A.call 60
      java/lang/Thread.run;dev/keepwarm/reader/Flight.fly 30
      java/lang/Thread.run;dev/keepwarm/reader/Flight.fly;java/util/HashMap.get 0.1
      libc.so.clone 10
      """;

  @Test
  void aStackCountsForTheFirstPartThatItFits() {
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put("client", "awssdk");
    parts.put("reader", "keepwarm/reader");

    Map<String, Double> shares =
        FlameGraphs.shares(
            Stack.parse("a;awssdk;b 60\na;keepwarm/reader;awssdk 10\nkeepwarm/reader 20\nc 10"),
            parts);

    assertThat(shares).isEqualTo(Map.of("client", 70.0, "reader", 20.0, "the rest", 10.0));
  }

  @Test
  void nothingSeenIsNoShareAtAll() {
    assertThat(FlameGraphs.shares(Stack.parse(""), Map.of("x", "y")))
        .isEqualTo(Map.of("x", 0.0, "the rest", 0.0));
  }

  @Test
  void aFlameHasWhatIsWideEnoughAndItsCallersKeepTheRest() {
    List<Map<String, Object>> nodes = Flame.of(Stack.parse(STACKS));

    assertThat(nodes)
        .extracting(node -> node.get("name"), node -> node.get("owner"), node -> node.get("caller"))
        .containsExactly(
            tuple("all", "other", null),
            tuple("Thread.run", "JDK", 0),
            tuple("Flight.fly", "Keepwarm", 1),
            tuple("A.call", "SDK", 2),
            tuple("libc.so.clone", "other", 0));
    assertThat(nodes.stream().mapToDouble(node -> (double) node.get("own")).sum())
        .isCloseTo(100.1, offset(1e-9));
    assertThat((double) nodes.get(2).get("own")).isCloseTo(30.1, offset(1e-9));
  }
}
