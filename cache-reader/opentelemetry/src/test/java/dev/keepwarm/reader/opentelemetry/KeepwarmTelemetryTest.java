package dev.keepwarm.reader.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.reader.Credential;
import dev.keepwarm.reader.CredentialRejectedException;
import dev.keepwarm.reader.testing.MemoryReader;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import org.junit.jupiter.api.Test;

class KeepwarmTelemetryTest {
  private final MemoryReader reader = new MemoryReader();

  @Test
  void describesACredentialWithoutItsValue() {
    Credential credential = reader.set(new CredentialId("acme", "bank"), 7, new byte[] {'x'});

    assertThat(KeepwarmTelemetry.attributes(credential))
        .isEqualTo(
            Attributes.builder()
                .put("keepwarm.tenant", "acme")
                .put("keepwarm.name", "bank")
                .put("keepwarm.version", 7)
                .build());
  }

  @Test
  void describesAFailureByItsCode() {
    assertThat(
            KeepwarmTelemetry.attributes(new KeepwarmException(ErrorCode.REVOKED, "it is revoked")))
        .isEqualTo(Attributes.builder().put("error.type", "REVOKED").build());
    assertThat(KeepwarmTelemetry.attributes(new CredentialRejectedException("401")))
        .isEqualTo(Attributes.builder().put("error.type", "REJECTED").build());
  }

  @Test
  void observesWhatTheReaderCountsUntilClosed() {
    InMemoryMetricReader metrics = InMemoryMetricReader.create();
    try (SdkMeterProvider meters =
        SdkMeterProvider.builder().registerMetricReader(metrics).build()) {
      OpenTelemetrySdk telemetry = OpenTelemetrySdk.builder().setMeterProvider(meters).build();
      reader.set("acme", "bank", "value");
      try (Observation observation = KeepwarmTelemetry.observe(reader, telemetry)) {
        reader.get("acme", "bank");

        assertThat(observation).isNotNull();
        assertThat(metrics.collectAllMetrics())
            .hasSameSizeAs(reader.stats().counts().keySet())
            .filteredOn(metric -> metric.getName().equals("keepwarm.reader.near_hits"))
            .singleElement()
            .extracting(KeepwarmTelemetryTest::count)
            .isEqualTo(1L);
      }
      assertThat(metrics.collectAllMetrics()).isEmpty();
    }
  }

  private static long count(MetricData metric) {
    return metric.getLongSumData().getPoints().iterator().next().getValue();
  }
}
