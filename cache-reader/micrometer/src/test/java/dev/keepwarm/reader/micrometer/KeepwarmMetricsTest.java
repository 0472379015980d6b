package dev.keepwarm.reader.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.reader.testing.MemoryReader;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeepwarmMetricsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final MemoryReader reader = new MemoryReader();

  @Test
  void countsWhatTheReaderCounts() {
    new KeepwarmMetrics(reader, List.of(Tag.of("reader", "payroll"))).bindTo(registry);
    reader.set("acme", "bank", "value");
    reader.get("acme", "bank");
    reader.get("acme", "bank");

    assertThat(
            registry
                .get("keepwarm.reader.near.hits")
                .tag("reader", "payroll")
                .functionCounter()
                .count())
        .isEqualTo(2);
  }

  @Test
  void hasACounterForEachFigure() {
    new KeepwarmMetrics(reader).bindTo(registry);

    assertThat(registry.getMeters()).hasSameSizeAs(reader.stats().counts().keySet());
    assertThat(registry.getMeters())
        .extracting(meter -> meter.getId().getName())
        .contains("keepwarm.reader.wrong.keys", "keepwarm.reader.tampered");
  }
}
