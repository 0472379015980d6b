package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.emulator.lambda.InProcessFunction;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.reader.KeepwarmReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The results of callers while an existing decryptor, behind a profile of the scheme {@code
 * lambda}, takes longer than they wait, for example because a .NET function starts.
 */
@ExtendWith(EndpointsExtension.class)
class SlowDecryptorIT {
  private static final String PROFILE = "old";

  /** Shorter than a slow call, on any machine. */
  private static final Duration DEADLINE = Duration.ofMillis(500);

  @Test
  void aMissEndsAtItsDeadlineAndTheEntryComesAllTheSame(Endpoints endpoints) {
    SlowFunction old = new SlowFunction(endpoints);
    try (EndpointWorld world = EndpointWorld.on(endpoints, old.settings(), 1000);
        KeepwarmReader hasty = world.readerWith(Duration.ZERO).deadline(DEADLINE).build();
        old) {
      CredentialId warm = EndpointWorld.newId("warm");
      CredentialId missed = EndpointWorld.sibling(warm, "missed");
      world.atSource(original(warm, "the one that is warm", 1));
      assertThat(world.read(warm)).isEqualTo("the one that is warm");

      old.slow();
      world.atSource(original(missed, "the one that is missed", 1));
      for (int caller = 0; caller < 2; caller++) {
        assertThat(EndpointWorld.refusal(hasty, missed).code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(world.read(warm)).as("meanwhile").isEqualTo("the one that is warm");
      }
      assertThat(old.decoded).doesNotContain("the one that is missed");
      old.quick();

      world.awaitReady(missed, 1);
      assertThat(world.read(missed)).isEqualTo("the one that is missed");
    }
  }

  @Test
  void aRotationIsReadWhenItIsDecodedAndUntilThenTheFormerValue(Endpoints endpoints) {
    SlowFunction old = new SlowFunction(endpoints);
    try (EndpointWorld world = EndpointWorld.on(endpoints, old.settings(), 1000);
        old) {
      CredentialId id = EndpointWorld.newId("rotated");
      world.atSource(original(id, "the former value", 1));
      assertThat(world.read(id)).isEqualTo("the former value");

      old.slow();
      world.atSource(original(id, "the new value", 2));
      world.publish(new Event.Rotated(id.tenant(), id.name(), 2L));
      old.awaitCall("the new value");
      assertThat(world.read(id)).isEqualTo("the former value");
      old.quick();

      world.awaitReady(id, 2);
      assertThat(world.read(id)).isEqualTo("the new value");
    }
  }

  private static SourceRow.Original original(CredentialId id, String value, long version) {
    // The function decodes it by returning it unchanged.
    return new SourceRow.Original(id, PROFILE, value, version);
  }

  /** An existing decryptor. While it is slow, it does not answer. */
  private static final class SlowFunction implements AutoCloseable {
    private final String name = "old-" + UUID.randomUUID();
    private final Set<String> called = ConcurrentHashMap.newKeySet();
    private final Set<String> decoded = ConcurrentHashMap.newKeySet();
    private volatile CountDownLatch quick = new CountDownLatch(0);

    SlowFunction(Endpoints endpoints) {
      endpoints.lambda().register(name, new InProcessFunction(this::decode), Patience.LIMIT);
    }

    Map<String, String> settings() {
      Map<String, Object> profile =
          Map.of("scheme", "lambda", "function", name, "timeoutMillis", 25_000L);
      return Map.of("KEEPWARM_PROFILES", Json.write(Map.of("profiles", Map.of(PROFILE, profile))));
    }

    void slow() {
      quick = new CountDownLatch(1);
    }

    void quick() {
      quick.countDown();
    }

    void awaitCall(String ciphertext) {
      EndpointWorld.await().until(() -> called.contains(ciphertext));
    }

    private byte[] decode(byte[] payload) throws InterruptedException {
      String ciphertext =
          String.valueOf(
              Json.parseObject(new String(payload, StandardCharsets.UTF_8)).get("ciphertext"));
      called.add(ciphertext);
      quick.await();
      decoded.add(ciphertext);
      return ("\"" + ciphertext + "\"").getBytes(StandardCharsets.UTF_8);
    }

    /** To be closed before the world, which waits for calls in progress. */
    @Override
    public void close() {
      quick();
    }
  }
}
