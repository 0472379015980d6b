package dev.keepwarm.bench.callers;

import dev.keepwarm.bench.Originals;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.peers.Build;
import dev.keepwarm.bench.peers.Peer;
import dev.keepwarm.bench.peers.Peers;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.local.Redelivery;
import dev.keepwarm.source.DynamoSource;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * The endpoints, the decryptors behind them as processes, and credentials at the source. All
 * credentials have one made-up value. Not thread-safe.
 */
final class Deployment implements AutoCloseable {
  /** The heap of a function with 1 GB, on a machine with more memory. */
  private static final String HEAP = "-Xms16m -Xmx640m";

  /** Long, because 32 processes start at once on two processors. */
  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  private static final int BATCH = 25;

  private final EmbeddedStack endpoints;
  private final LocalDeployment stack;
  private final ResolverCode code;
  private final Map<Way, ProcessFunction> functions = new EnumMap<>(Way.class);
  private final List<String> missing = new ArrayList<>();
  private final int tenants;
  private final String value = HexFormat.of().formatHex(randomBytes());

  private Deployment(
      EmbeddedStack endpoints, LocalDeployment stack, ResolverCode code, int tenants) {
    this.tenants = tenants;
    this.endpoints = endpoints;
    this.stack = stack;
    this.code = code;
  }

  /** Starts everything; no function runs yet. */
  static Deployment start(Run run) throws IOException, InterruptedException {
    EmbeddedStack endpoints = EmbeddedStack.start(EmbeddedStack.Options.of(run.home()));
    try {
      LocalDeployment stack =
          LocalDeployment.on(
              endpoints.environment(),
              endpoints.lambda(),
              ResourceNames.DEFAULT,
              Redelivery.after(Duration.ofSeconds(30)));
      Deployment deployment =
          new Deployment(endpoints, stack, ResolverCode.of(run), run.pick(256, 32));
      deployment.fill(run);
      return deployment;
    } catch (IOException | InterruptedException | RuntimeException e) {
      endpoints.close();
      throw e;
    }
  }

  /**
   * The number of tenants whose credential is in the cache, and of tenants whose credential is not.
   */
  int tenants() {
    return tenants;
  }

  /** The environment of callers. */
  Map<String, String> callersEnvironment() {
    Map<String, String> environment = new HashMap<>(stack.callersEnvironment());
    environment.put("KEEPWARM_DEADLINE", TIMEOUT.toSeconds() + "s");
    environment.put(JavaCaller.VALUE, value);
    environment.put(JavaCaller.TENANTS, Integer.toString(tenants));
    return environment;
  }

  /** Whether this way works: its decryptor may not be built. */
  boolean has(Way way) {
    return !way.awaitsDecryptor() || functions.containsKey(way);
  }

  /** The code from which the resolver runs. */
  String resolverCode() {
    return code.description();
  }

  /** The reasons why decryptors are not built. */
  List<String> missing() {
    return List.copyOf(missing);
  }

  /** Makes the next calls of a decryptor start it. */
  void makeCold(Way way) {
    ProcessFunction function = functions.get(way);
    if (function != null) {
      function.dropWarm();
    }
  }

  /** Makes the first so many missing credentials missing again. */
  void dropMissing(int count) {
    for (int from = 0; from < count; from += BATCH) {
      List<WriteRequest> deletes = new ArrayList<>();
      for (int number = from; number < Math.min(count, from + BATCH); number++) {
        CredentialId id = JavaCaller.missing(number);
        deletes.add(WriteRequest.builder().deleteRequest(d -> d.key(key(id))).build());
      }
      BatchWriteItemResponse response =
          stack
              .clients()
              .dynamoDb()
              .batchWriteItem(
                  r -> r.requestItems(Map.of(stack.resources().names().cacheTable(), deletes)));
      if (!response.unprocessedItems().isEmpty()) {
        throw new IllegalStateException("entries were not deleted");
      }
    }
  }

  @Override
  public void close() {
    try (endpoints;
        stack) {
      code.close();
    }
  }

  private void fill(Run run) throws IOException, InterruptedException {
    Originals originals = new Originals(Originals.DEFAULT_ITERATIONS);
    String[] flags = ("-XX:+UseSerialGC -XX:TieredStopAtLevel=1 " + HEAP).split(" ", -1);
    register(Way.NAIVE, Peers.naiveJava(run, flags), originals);
    switch (Peers.rust(run)) {
      case Build.Built built -> register(Way.RUST, built.peer(), originals);
      case Build.Missing without -> missing.add(without.reason());
    }
    Map<String, String> settings = new HashMap<>(stack.environment());
    // Nothing expires or is refreshed while callers are measured.
    settings.put("KEEPWARM_TTL", "24h");
    settings.put("KEEPWARM_PROFILES", originals.profiles(stack.kms()));
    settings.put("JAVA_TOOL_OPTIONS", HEAP);
    register(
        Way.RESOLVE, stack.resources().names().resolver(), code.function().environment(settings));

    DynamoDbClient dynamoDb = stack.clients().dynamoDb();
    DynamoSource source = new DynamoSource(dynamoDb, stack.resources().names().sourceTable());
    // Resolving an enrolled tenant causes no event.
    DynamoWheel wheel =
        new DynamoWheel(
            dynamoDb, stack.resources().names().wheelTable(), Settings.of(settings).slots());
    for (int number = 0; number < tenants; number++) {
      for (CredentialId id : List.of(JavaCaller.warm(number), JavaCaller.missing(number))) {
        source.put(originals.original(id, value, 1), System.currentTimeMillis());
        boolean isNew = wheel.enrol(id.tenant());
      }
    }
  }

  private void register(Way way, Peer peer, Originals originals) {
    register(
        way,
        way.word(),
        peer.function(stack.callersEnvironment(), originals.peersEnvironment(stack.kms())));
  }

  private void register(Way way, String name, ProcessFunction.Builder builder) {
    ProcessFunction function = builder.frozenBetweenInvocations().initTimeout(TIMEOUT).build();
    functions.put(way, function);
    endpoints.lambda().register(name, function, TIMEOUT);
  }

  private static Map<String, AttributeValue> key(CredentialId id) {
    return Map.of(
        EntrySchema.TENANT,
        AttributeValue.fromS(id.tenant()),
        EntrySchema.NAME,
        AttributeValue.fromS(id.name()));
  }

  private static byte[] randomBytes() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }
}
