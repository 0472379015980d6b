package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.ManualClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PrintedMetricsTest {
  private final ManualClock clock = new ManualClock();
  private final PrintedMetrics metrics = new PrintedMetrics(clock);
  private final Log reader = new Log(metrics.lines(), clock, "reader", "keepwarm-cache");

  @Test
  void sumsWhatReadersPrint() {
    reader.metrics(Map.of("nearHits", 40L, "misses", 1L), "lookupMillis", List.of(9.0, 1.0));
    reader.metrics(Map.of("nearHits", 2L), "lookupMillis", List.of(2.0));
    clock.advance(Duration.ofMinutes(1));
    reader.metrics(Map.of("nearHits", 5L));

    List<Monitor.Point> points = metrics.figures().points();

    assertThat(points).hasSize(2);
    assertThat(points.getFirst().counts()).isEqualTo(Map.of("nearHits", 42L, "misses", 1L));
    assertThat(points.getFirst().p50()).isEqualTo(2.0);
    assertThat(points.getFirst().p99()).isEqualTo(9.0);
    assertThat(points.getLast().p99()).isNull();
  }

  @Test
  void forgetsWhatIsOld() {
    reader.metrics(Map.of("nearHits", 1L));
    clock.advance(Duration.ofHours(1));

    assertThat(metrics.figures().points()).isEmpty();
  }

  @Test
  void keepsNothingOfWhatElseIsPrinted() {
    metrics.lines().println("{\"_aws\":{}, broken");
    metrics.lines().println("{\"part\":\"reader\",\"nearHits\":1}");
    metrics.lines().println("x".repeat(1_000_000) + "{\"_aws\":{}}");
    metrics.lines().print("{\"_aws\":{},\"part\":\"reader\",\"nearHits\":\"many\",");
    metrics.lines().println("\"misses\":3,\"lookupMillis\":\"long\",\"password\":\"canary\"}");
    new Log(metrics.lines(), clock, "decryptor", "keepwarm-cache").metrics(Map.of("misses", 7L));

    assertThat(metrics.figures().points())
        .singleElement()
        .satisfies(point -> {
          assertThat(point.counts()).isEqualTo(Map.of("misses", 3L));
          assertThat(point.p50()).isNull();
        });
  }
}
