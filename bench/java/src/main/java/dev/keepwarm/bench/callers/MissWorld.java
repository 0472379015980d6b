package dev.keepwarm.bench.callers;

import dev.keepwarm.bench.Originals;
import dev.keepwarm.bench.Run;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.emulator.lambda.LocalFunction;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.local.Redelivery;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.source.DynamoSource;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A stack, a resolver as a process, and a reader, with a recorder between them. The reader caches
 * no credential. Getting is thread-safe, except for the recording.
 */
final class MissWorld implements AutoCloseable {
  /** The value of all credentials. */
  static final String VALUE = "made up, and always the same";

  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  /** Makes {@code KEEPWARM_PROFILES}. */
  @FunctionalInterface
  interface Profiles {
    String of(Originals originals, LocalDeployment stack);
  }

  private final EmbeddedStack endpoints;
  private final LocalDeployment stack;
  private final ResolverCode code;
  private final CallRecorder recorder;
  private final ProcessFunction resolver;
  private final KeepwarmReader reader;
  private final DynamoSource source;
  private final Originals originals = new Originals(Originals.DEFAULT_ITERATIONS);

  private MissWorld(
      EmbeddedStack endpoints,
      LocalDeployment stack,
      ResolverCode code,
      Profiles profiles,
      String deadline)
      throws IOException {
    this.endpoints = endpoints;
    this.stack = stack;
    this.code = code;
    ResourceNames names = stack.resources().names();
    recorder =
        new CallRecorder(
            Map.of(
                names.cacheTable(), "the entry",
                names.wheelTable(), "the wheel",
                names.sourceTable(), "the source"));
    source = new DynamoSource(stack.clients().dynamoDb(), names.sourceTable());
    Map<String, String> settings = recorder.through("resolver", stack.environment());
    settings.put("KEEPWARM_TTL", "24h");
    settings.put("KEEPWARM_PROFILES", profiles.of(originals, stack));
    settings.put("JAVA_TOOL_OPTIONS", "-Xms16m -Xmx640m");
    resolver =
        code.function()
            .environment(settings)
            .frozenBetweenInvocations()
            .initTimeout(TIMEOUT)
            .build();
    endpoints.lambda().register(names.resolver(), resolver, TIMEOUT);
    Map<String, String> readers =
        new HashMap<>(recorder.through("reader", stack.callersEnvironment()));
    readers.put("KEEPWARM_DEADLINE", deadline);
    reader = KeepwarmReader.builder().environment(readers).nearTtl(Duration.ZERO).build();
  }

  /**
   * Starts everything; no process of the resolver runs yet.
   *
   * @param profiles the profiles with which the resolver decodes
   * @param deadline the reader's deadline, in the form of {@code KEEPWARM_DEADLINE}
   */
  static MissWorld start(Run run, Profiles profiles, String deadline)
      throws IOException, InterruptedException {
    EmbeddedStack endpoints = EmbeddedStack.start(EmbeddedStack.Options.of(run.home()));
    try {
      LocalDeployment stack =
          LocalDeployment.on(
              endpoints.environment(),
              endpoints.lambda(),
              ResourceNames.DEFAULT,
              Redelivery.after(Duration.ofSeconds(30)));
      return new MissWorld(endpoints, stack, ResolverCode.of(run), profiles, deadline);
    } catch (IOException | RuntimeException e) {
      endpoints.close();
      throw e;
    }
  }

  /** Puts a tenant's originals at the source. */
  void add(int tenant) {
    for (String name : List.of("first", "second")) {
      DynamoSource.Put unused =
          source.put(originals.original(id(tenant, name), VALUE, 1), System.currentTimeMillis());
    }
  }

  /** Makes the next miss start a process of the resolver. */
  void makeCold() {
    resolver.dropWarm();
  }

  /** Runs another function beside the resolver. */
  void register(String name, LocalFunction function) {
    endpoints.lambda().register(name, function, TIMEOUT);
  }

  /** The code from which the resolver runs. */
  String resolverCode() {
    return code.description();
  }

  /** Gets a credential once. */
  void get(int tenant, String name) {
    if (!reader.get(id(tenant, name)).text().equals(VALUE)) {
      throw new IllegalStateException("another value than the one that was stored");
    }
  }

  static CredentialId id(int tenant, String name) {
    return new CredentialId("tenant-" + tenant, name);
  }

  /** The same, and records the calls. */
  void get(int tenant, String name, Timeline into) {
    // Drops calls that the former miss may have left.
    List<CallRecorder.Call> unused = recorder.take();
    long begun = System.nanoTime();
    get(tenant, name);
    long ended = System.nanoTime();
    List<CallRecorder.Call> calls = recorder.take();
    into.add(begun, ended, calls);
  }

  @Override
  public void close() {
    try (endpoints;
        stack;
        code) {
      reader.close();
      recorder.close();
    }
  }
}
