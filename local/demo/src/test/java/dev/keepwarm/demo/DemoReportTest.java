package dev.keepwarm.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DemoReportTest {
  @Test
  void tenTimesAsLongIsAsMuchFurtherToTheRight() {
    List<String> plot =
        new DemoReport(
                Map.of(),
                List.of(
                    row("near hit", 1),
                    row("cache read", 1_000),
                    row("cold", 1_000_000),
                    row("never measured", -1)),
                new Checks(),
                new byte[0])
            .plot();

    // The bars end below the marks of the scale.
    assertThat(plot.get(1).indexOf('|')).isEqualTo(plot.get(2).length() - 1);
    assertThat(plot.get(0).indexOf("1 ms")).isEqualTo(plot.get(3).length() - 1);
    assertThat(plot.get(0).indexOf("1 s")).isEqualTo(plot.get(4).length() - 1);
    assertThat(plot.get(5).strip()).isEqualTo("never measured");
    assertThat(plot).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
  }

  private static DemoReport.Row row(String title, long micros) {
    Latencies latencies = new Latencies();
    if (micros > 0) {
      latencies.add(TimeUnit.MICROSECONDS.toNanos(micros));
    }
    return new DemoReport.Row(title, title, latencies);
  }
}
