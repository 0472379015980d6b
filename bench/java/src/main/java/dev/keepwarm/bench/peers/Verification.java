package dev.keepwarm.bench.peers;

import dev.keepwarm.bench.Originals;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.decryptor.profile.FunctionInvoker;
import dev.keepwarm.decryptor.profile.Profiles;
import dev.keepwarm.emulator.lambda.FunctionException;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.source.DynamoSource;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** Checks that a peer behaves as the others do. Not thread-safe. */
final class Verification {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final String PLAINTEXT = "S3cure-ünïcode-€-\uD83D\uDD11";

  private final Peer peer;
  private final LocalDeployment stack;
  private final Map<String, String> own;
  private final SourceRow.Original original;

  Verification(Peer peer, LocalDeployment stack, Originals originals) {
    this.peer = peer;
    this.stack = stack;
    this.own = originals.peersEnvironment(stack.kms());
    this.original =
        originals.original(new CredentialId("verified-" + peer.name(), "db/main"), PLAINTEXT, 7);
  }

  void run() throws FunctionException, InterruptedException {
    DynamoDbClient dynamoDb = stack.clients().dynamoDb();
    new DynamoSource(dynamoDb, stack.resources().names().sourceTable())
        .put(original, System.currentTimeMillis());
    try (ProcessFunction returning = function(own)) {
      check("value by id", Map.of("value", PLAINTEXT), invoke(returning));
      check("value behind the scheme lambda", PLAINTEXT, decodeBehindLambdaScheme(returning));
    }
    Map<String, String> storing = new HashMap<>(own);
    storing.putAll(Peer.STORING);
    try (ProcessFunction putting = function(storing)) {
      check("answer once stored", Map.of("state", "READY"), invoke(putting));
      check("stored value", PLAINTEXT, unsealed(dynamoDb));
      check("answer once stored again", Map.of("state", "READY"), invoke(putting));
    }
  }

  private ProcessFunction function(Map<String, String> environment) {
    return peer.function(stack.callersEnvironment(), environment)
        .log(line -> System.err.println(peer.name() + ": " + line))
        .build();
  }

  private Map<String, ?> invoke(ProcessFunction function)
      throws FunctionException, InterruptedException {
    CredentialId id = original.id();
    byte[] request =
        Json.write(Map.of("tenant", id.tenant(), "name", id.name()))
            .getBytes(StandardCharsets.UTF_8);
    return Json.parseObject(new String(function.invoke(request, TIMEOUT), StandardCharsets.UTF_8));
  }

  private String decodeBehindLambdaScheme(ProcessFunction function) {
    FunctionInvoker invoker =
        (name, request, timeout) -> {
          try {
            return new FunctionInvoker.Returned(function.invoke(request, TIMEOUT));
          } catch (FunctionException e) {
            return new FunctionInvoker.Failed(e.errorType());
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    Decoder decoder =
        Profiles.parse(Originals.profilesBehind(peer.name())).decoder(stack.kms(), () -> invoker);
    return switch (decoder.decode(original)) {
      case Decoder.Decoded decoded -> new String(decoded.plaintext(), StandardCharsets.UTF_8);
      case Decoder.Undecodable undecodable -> undecodable.failure();
    };
  }

  /** Opens the entry with Keepwarm's own code. */
  private String unsealed(DynamoDbClient dynamoDb) {
    Entry entry =
        new DynamoCacheTable(dynamoDb, stack.resources().names().cacheTable()).read(original.id());
    SealedCredential sealed = entry == null ? null : entry.sealed();
    if (sealed == null) {
      return "nothing";
    }
    return new String(
        Envelope.unseal(
            stack.kms().unwrap(original.id().tenant(), sealed.dataKey(), sealed.dataKeyCreatedAt()),
            original.id(),
            sealed),
        StandardCharsets.UTF_8);
  }

  private void check(String what, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      // Without the value, which may be a credential.
      throw new IllegalStateException(peer.name() + ": wrong " + what);
    }
  }
}
