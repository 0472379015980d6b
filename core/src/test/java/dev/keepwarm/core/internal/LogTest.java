package dev.keepwarm.core.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class LogTest {
  private static final String TABLE =
      "arn:aws:dynamodb:eu-central-1:111122223333:table/keepwarm-cache-b";

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final Log log =
      new Log(new PrintStream(bytes, true, UTF_8), new ManualClock(), "decryptor", TABLE);

  @Test
  void printsOneJsonObjectALine() {
    log.info("refreshed", "OK", "tenant", "acme", "entries", 3, "forced", true);
    log.warn("refused", ErrorCode.DENIED.name(), "reason", "two\nlines", "id", null);

    assertThat(bytes.toString(UTF_8).lines())
        .containsExactly(
            "{\"at\":\"2026-01-01T00:00:00Z\",\"level\":\"INFO\",\"part\":\"decryptor\","
                + "\"event\":\"refreshed\",\"code\":\"OK\",\"tenant\":\"acme\",\"entries\":3,"
                + "\"forced\":true}",
            "{\"at\":\"2026-01-01T00:00:00Z\",\"level\":\"WARN\",\"part\":\"decryptor\","
                + "\"event\":\"refused\",\"code\":\"DENIED\",\"reason\":\"two\\nlines\"}");
  }

  @Test
  void anExceptionOfOursIsQuotedAndAnyOtherIsNot() {
    log.failed("failed", new KeepwarmException(ErrorCode.UNAVAILABLE, "no answer"), "name", "bank");
    log.failed("failed", new IllegalStateException("content"));

    assertThat(bytes.toString(UTF_8).lines())
        .containsExactly(
            "{\"at\":\"2026-01-01T00:00:00Z\",\"level\":\"WARN\",\"part\":\"decryptor\","
                + "\"event\":\"failed\",\"code\":\"UNAVAILABLE\",\"name\":\"bank\","
                + "\"reason\":\"UNAVAILABLE: no answer\"}",
            "{\"at\":\"2026-01-01T00:00:00Z\",\"level\":\"WARN\",\"part\":\"decryptor\","
                + "\"event\":\"failed\",\"code\":\"INTERNAL\","
                + "\"reason\":\"java.lang.IllegalStateException\"}");
  }

  @Test
  void printsEveryKindOfNumber() {
    log.info("x", "OK", "a", 1, "b", 2L, "c", 1.5, "d", (short) 3, "e", Double.NaN);

    assertThat(line())
        .containsEntry("a", 1L)
        .containsEntry("b", 2L)
        .containsEntry("c", "1.5")
        .containsEntry("d", "3")
        .containsEntry("e", "NaN");
  }

  @Test
  void printsMetricsInTheEmbeddedFormatOfCloudWatch() {
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put("Refreshed", 3L);
    counts.put("Failed", 0L);

    log.metrics(counts);

    Map<String, @Nullable Object> line = line();
    assertThat(line)
        .containsEntry("part", "decryptor")
        .containsEntry("cache", "keepwarm-cache-b")
        .containsEntry("Refreshed", 3L)
        .containsEntry("Failed", 0L);
    assertThat(line.get("_aws"))
        .isEqualTo(
            Map.of(
                "Timestamp",
                1_767_225_600_000L,
                "CloudWatchMetrics",
                List.of(
                    Map.of(
                        "Namespace",
                        "Keepwarm",
                        "Dimensions",
                        List.of(List.of("part", "cache")),
                        "Metrics",
                        List.of(
                            Map.of("Name", "Refreshed", "Unit", "Count"),
                            Map.of("Name", "Failed", "Unit", "Count"))))));
  }

  private Map<String, @Nullable Object> line() {
    List<String> lines = bytes.toString(UTF_8).lines().toList();
    assertThat(lines).hasSize(1);
    return Json.parseObject(lines.getFirst());
  }
}
