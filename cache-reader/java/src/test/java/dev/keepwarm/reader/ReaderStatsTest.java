package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReaderStatsTest {
  @Test
  void printsWhatWasCountedSinceTheLastTime() {
    try (ReaderWorld world = new ReaderWorld()) {
      world.table.plant(world.ready(BANK, 1, "value"));
      world.reader.get(BANK);
      world.reader.get(BANK);
      assertThat(Json.parseObject(print(world.reader)))
          .containsEntry("part", "reader")
          .containsEntry("cache", "keepwarm-cache")
          .containsEntry("cacheReads", 1L)
          .containsEntry("nearHits", 1L)
          .hasEntrySatisfying("lookupMillis", millis -> assertThat((List<?>) millis).hasSize(1));
      world.reader.get(BANK);
      assertThat(Json.parseObject(print(world.reader)))
          .containsEntry("cacheReads", 0L)
          .containsEntry("nearHits", 1L)
          // CloudWatch does not accept a metric without a value.
          .doesNotContainKey("lookupMillis")
          .extractingByKey("_aws")
          .asString()
          .doesNotContain("lookupMillis");
      assertThat(world.reader.getAll("acme").credentials()).isNotEmpty();
      assertThat(print(world.reader)).contains("\"lookupMillis\":[").contains("\"Milliseconds\"");
    }
  }

  @Test
  void timesTheLookupForSomethingNewerThanARejectedCredential() {
    try (ReaderWorld world = new ReaderWorld()) {
      world.table.plant(world.ready(BANK, 1, "old"));
      world.resolver.answer(world.ready(BANK, 2, "new"));

      String unused =
          world.reader.<String, RuntimeException>withCredential(
              BANK,
              credential -> {
                if (credential.version() == 1) {
                  throw new CredentialRejectedException("401");
                }
                return credential.text();
              });

      assertThat(Json.parseObject(print(world.reader)))
          .hasEntrySatisfying("lookupMillis", millis -> assertThat((List<?>) millis).hasSize(2));
    }
  }

  @Test
  void namesEveryCount() {
    ReaderStats stats = new ReaderStats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    assertThat(stats.counts().keySet())
        .containsExactlyElementsOf(
            Arrays.stream(ReaderStats.class.getRecordComponents())
                .map(RecordComponent::getName)
                .toList());
    assertThat(stats.counts().values())
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L);
    assertThat(stats.since(stats).counts().values()).containsOnly(0L);
  }

  private static String print(KeepwarmReader reader) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    reader.printMetrics(new PrintStream(out, true, StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8);
  }
}
