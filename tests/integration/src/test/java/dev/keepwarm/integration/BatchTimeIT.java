package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.engine.SourceRow;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The decryptor is a separate process with Lambda's runtime client, and an existing decryptor
 * behind it never answers. A batch ends before its timeout, and only the message that hangs is
 * delivered again.
 */
@ExtendWith(EndpointsExtension.class)
class BatchTimeIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** In sequence, they take more than twice the timeout. */
  private static final int HANGING = 3;

  private static final String PROFILES =
      """
      {"profiles": {
        "hangs": {"scheme": "lambda", "function": "nobody", "timeoutMillis": 25000, "parallel": 1},
        "%s": {"scheme": "kms", "encryptionContext": {"purpose": "integration tests"}}}}
      """
          .formatted(LegacyOriginal.KMS_PROFILE);

  @Test
  void aBatchEndsBeforeItsTimeout(Endpoints endpoints) throws Exception {
    // The operating system accepts connections, but nothing ever reads from them.
    try (EndpointWorld world = EndpointWorld.idle(endpoints);
        ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        ProcessFunction decryptor =
            DecryptorProcess.of(
                world,
                "EventsHandler",
                Map.of(
                    "KEEPWARM_PROFILES",
                    PROFILES,
                    "AWS_ENDPOINT_URL_LAMBDA",
                    "http://127.0.0.1:" + silent.getLocalPort()))) {
      CredentialId slow = EndpointWorld.newId("name-0");
      for (int i = 0; i < HANGING; i++) {
        world.atSource(
            new SourceRow.Original(
                EndpointWorld.sibling(slow, "name-" + i), "hangs", "anything", 1));
      }
      CredentialId fast = EndpointWorld.newId("payroll");
      world.atSource(fast, "a value of some length", 1);

      assertThat(invoke(decryptor, slow, fast)).containsExactly(slow.tenant());
      assertThat(world.read(fast)).isEqualTo("a value of some length");
      assertThat(world.entry(slow)).isNull();

      // The process was frozen meanwhile, including the work that was given up.
      world.atSource(fast, "another value of that length", 2);
      assertThat(invoke(decryptor, fast)).isEmpty();
      assertThat(world.read(fast)).isEqualTo("another value of that length");
      assertThat(world.entry(slow)).isNull();
    }
  }

  /** Invokes with a message for each of these tenants. Returns the ids of failed messages. */
  private static List<Object> invoke(ProcessFunction decryptor, CredentialId... ids)
      throws Exception {
    List<Object> records = new ArrayList<>();
    for (CredentialId id : ids) {
      Event due = new Event.TenantsDue(List.of(id.tenant()));
      String body =
          "{\"source\":\"%s\",\"detail-type\":\"%s\",\"detail\":%s}"
              .formatted(Events.SOURCE, Events.detailType(due), Events.detail(due));
      records.add(Map.of("messageId", id.tenant(), "body", body));
    }
    byte[] answer =
        decryptor.invoke(
            Json.write(Map.of("Records", records)).getBytes(StandardCharsets.UTF_8), TIMEOUT);
    List<Object> failed = new ArrayList<>();
    Map<String, ?> response = Json.parseObject(new String(answer, StandardCharsets.UTF_8));
    for (Object failure : (List<?>) response.get("batchItemFailures")) {
      failed.add(((Map<?, ?>) failure).get("itemIdentifier"));
    }
    return failed;
  }
}
