package dev.keepwarm.integration;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.EventBridgeBus;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.reader.KeepwarmReader;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.services.lambda.LambdaClient;

/** Helpers for stacks whose functions are not those of an {@link EndpointWorld}. */
final class OnStack {
  /** The encryption context of the originals of {@link LegacyOriginal#KMS_PROFILE}. */
  static final Map<String, String> CONTEXT = Map.of("purpose", "integration tests");

  private OnStack() {}

  static SourceRow.Original original(
      LocalDeployment stack, CredentialId id, String value, long version) {
    byte[] plaintext = value.getBytes(StandardCharsets.UTF_8);
    return new SourceRow.Original(
        id,
        LegacyOriginal.KMS_PROFILE,
        base64(stack.kms().encrypt(plaintext, CONTEXT).asByteArray()),
        version);
  }

  static boolean isReady(Entry entry, long version) {
    return entry != null
        && entry.state() == EntryState.READY
        && Objects.equals(entry.version(), version);
  }

  /** A reader without a near cache. */
  static KeepwarmReader reader(LocalDeployment stack) {
    return KeepwarmReader.builder()
        .environment(stack.environment())
        .dynamoDb(stack.clients().dynamoDb())
        .kms(stack.clients().kms())
        .lambda(stack.clients().configure(LambdaClient.builder(), "LAMBDA").build())
        .eventBridge(stack.clients().eventBridge())
        .nearTtl(Duration.ZERO)
        .deadline(Patience.LIMIT)
        .build();
  }

  static EventBridgeBus bus(LocalDeployment stack) {
    return new EventBridgeBus(
        stack.clients().eventBridge(),
        stack.resources().names().bus(),
        Pauses.real(),
        new SecureRandom());
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
