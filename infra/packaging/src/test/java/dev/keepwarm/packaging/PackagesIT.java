package dev.keepwarm.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.amazonaws.services.lambda.runtime.api.client.AWSLambda;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.EventBridgeBus;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.emulator.lambda.FunctionException;
import dev.keepwarm.emulator.lambda.FunctionPackage;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.emulator.lambda.QueuePoller;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.local.Redelivery;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.source.DynamoSource;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.sqs.SqsClient;

/** Runs the zips as Lambda does: unpacked, as processes, frozen between invocations. */
final class PackagesIT {
  private static final Path HOME = Checkout.root();
  private static final Path TARGET = HOME.resolve("infra/packaging/target");
  private static final String EVENTS = "dev.keepwarm.decryptor.EventsHandler";
  private static final String RESOLVER = "dev.keepwarm.decryptor.ResolveHandler";
  private static final String WARMER = "dev.keepwarm.warmer.WarmerHandler";
  private static final Map<String, String> CONTEXT = Map.of("purpose", "packages");

  private static EmbeddedStack endpoints;

  private final BlockingQueue<String> printed = new LinkedBlockingQueue<>();

  /**
   * The managed runtime has its own library. Here processes start concurrently, see
   * FunctionPackage.
   */
  @TempDir private static Path shared;

  private static Path nativeLibrary;

  @BeforeAll
  static void start() throws Exception {
    nativeLibrary = shared.resolve("libaws-lambda-jni.so");
    try (InputStream library =
        Objects.requireNonNull(
            AWSLambda.class.getResourceAsStream("/" + FunctionPackage.NATIVE_RESOURCE))) {
      Files.copy(library, nativeLibrary);
    }
    endpoints = EmbeddedStack.start(EmbeddedStack.Options.of(HOME));
  }

  @AfterAll
  static void stop() {
    endpoints.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"managed", "pinned"})
  void theFunctionsOfAZipWarmRotateAndResolve(String form, @TempDir Path directory)
      throws Exception {
    assumePinned(form);
    FunctionPackage zip =
        FunctionPackage.unpack(TARGET.resolve("keepwarm-" + form + ".zip"), directory);
    try (LocalDeployment stack =
            LocalDeployment.on(
                endpoints.environment(),
                endpoints.lambda(),
                new ResourceNames("-" + form),
                new Redelivery(Duration.ofSeconds(1), 1000));
        ProcessFunction events = function(zip, "events-" + form, EVENTS, stack);
        ProcessFunction warmer = function(zip, "warmer-" + form, WARMER, stack);
        SqsClient sqs = stack.clients().configure(SqsClient.builder(), "SQS").build();
        KeepwarmReader reader = reader(stack)) {
      endpoints
          .lambda()
          .register(
              stack.resources().names().resolver(),
              function(zip, "resolver-" + form, RESOLVER, stack),
              Patience.LIMIT);
      DynamoSource source =
          new DynamoSource(stack.clients().dynamoDb(), stack.resources().names().sourceTable());
      CredentialId warm = new CredentialId("tenant-warm", "payroll");
      CredentialId cold = new CredentialId("tenant-cold", "payroll");
      source.put(row(stack, warm, "the first", 1), 0);
      source.put(row(stack, cold, "the cold one", 1), 0);
      new DynamoWheel(stack.clients().dynamoDb(), stack.resources().names().wheelTable(), 16)
          .enrol(warm.tenant());
      List<QueuePoller> pollers =
          stack.resources().queueUrls().stream().map(url -> poller(sqs, url, events)).toList();
      try {
        // Calls of the functions have the time limits of AWS. On a busy machine they may exceed
        // them and are retried, as a schedule, a queue or a caller would do.
        Awaitility.await()
            .ignoreException(FunctionException.class)
            .until(() -> {
              String unused = invoke(warmer, "{\"source\":\"aws.scheduler\"}");
              return true;
            });

        awaitVersion(stack, warm, 1);
        assertThat(reader.get(warm).text()).isEqualTo("the first");
        assertThat(reader.stats().misses()).isZero();

        source.put(row(stack, warm, "the second", 2), 0);
        publish(stack, new Event.Rotated(warm.tenant(), warm.name(), 2L));

        awaitVersion(stack, warm, 2);
        assertThat(reader.get(warm).text()).isEqualTo("the second");

        assertThat(reader.stats().misses()).isZero();
        Awaitility.await()
            .ignoreException(KeepwarmException.class)
            .untilAsserted(() -> assertThat(reader.get(cold).text()).isEqualTo("the cold one"));
        assertThat(reader.stats().misses()).isPositive();
      } finally {
        pollers.forEach(QueuePoller::stop);
      }
    }
    assertThat(printed).noneMatch(line -> line.contains("the second") || line.contains("cold one"));
  }

  @Test
  void thePinnedPackageStartsFromItsCache(@TempDir Path directory) throws Exception {
    FunctionPackage zip = pinned(directory);
    try (LocalDeployment stack = stack("-cache")) {
      Map<String, String> environment = environment(stack);
      // With this option, the JVM does not start if it cannot use the cache.
      environment.put("JAVA_TOOL_OPTIONS", "-XX:AOTMode=on");
      try (ProcessFunction resolver =
          zip.function("resolver", RESOLVER, "")
              .environment(environment)
              .log(printed::add)
              .build()) {
        Awaitility.await()
            .untilAsserted(() ->
                assertThat(invoke(resolver, "{\"tenant\":\"nobody\",\"name\":\"nothing\"}"))
                    .contains("entries"));
      }
    }
  }

  @Test
  void aPackageOfTwoBuildsDoesNotStart(@TempDir Path directory) throws Exception {
    FunctionPackage zip = pinned(directory);
    Files.writeString(directory.resolve("build-id"), "another");

    try (ProcessFunction resolver =
        zip.function("resolver", RESOLVER, "").log(printed::add).build()) {
      assertThatExceptionOfType(FunctionException.class)
          .isThrownBy(() -> invoke(resolver, "{}"))
          .satisfies(e -> assertThat(e.errorType()).isEqualTo("Runtime.ExitError"));
    }
    Awaitility.await().until(() -> !printed.isEmpty());
    assertThat(printed)
        .singleElement()
        .asString()
        .contains("the package mixes two builds: its file build-id has another");
  }

  @ParameterizedTest
  @ValueSource(strings = {EVENTS, RESOLVER, WARMER})
  void aWrongSettingFailsTheInitAndIsNamed(String handler, @TempDir Path directory)
      throws Exception {
    FunctionPackage zip = pinned(directory);
    try (LocalDeployment stack = stack("-wrong")) {
      Map<String, String> environment = environment(stack);
      environment.put("KEEPWARM_TTL", "soon");
      try (ProcessFunction function =
          zip.function("wrong", handler, "").environment(environment).log(printed::add).build()) {
        assertThatExceptionOfType(FunctionException.class)
            .isThrownBy(() -> invoke(function, "{}"))
            .satisfies(e ->
                assertThat(new String(e.payload(), StandardCharsets.UTF_8))
                    .contains("KEEPWARM_TTL"));
      }
    }
  }

  @Test
  void theSameJarsMakeTheSameZip(@TempDir Path directory) throws Exception {
    Path again = directory.resolve("again.zip");

    Packager.managed(HOME.resolve("infra/packaging/managed/target/lib"), again);

    assertThat(Files.mismatch(again, TARGET.resolve("keepwarm-managed.zip"))).isEqualTo(-1);
  }

  private static FunctionPackage pinned(Path directory) throws IOException {
    assumePinned("pinned");
    return FunctionPackage.unpack(TARGET.resolve("keepwarm-pinned.zip"), directory);
  }

  private static void assumePinned(String form) {
    Assumptions.assumeTrue(
        form.equals("managed") || System.getProperty("os.name").equals("Linux"),
        "the pinned package is made on Linux only");
  }

  private static LocalDeployment stack(String suffix) {
    return LocalDeployment.on(
        endpoints.environment(),
        endpoints.lambda(),
        new ResourceNames(suffix),
        Redelivery.after(Duration.ofSeconds(5)));
  }

  private ProcessFunction function(
      FunctionPackage zip, String name, String handler, LocalDeployment stack) {
    Map<String, String> environment = environment(stack);
    environment.put(
        "JAVA_TOOL_OPTIONS", "-D" + FunctionPackage.NATIVE_LIBRARY + "=" + nativeLibrary);
    return zip.function(name, handler, runtimeClient())
        .environment(environment)
        .frozenBetweenInvocations()
        .initTimeout(Patience.LIMIT)
        .log(printed::add)
        .build();
  }

  private static Map<String, String> environment(LocalDeployment stack) {
    Map<String, String> environment = new HashMap<>(stack.environment());
    environment.put("KEEPWARM_SLOTS", "16");
    environment.put("KEEPWARM_DISCOVER_EVERY", "0");
    environment.put(
        "KEEPWARM_PROFILES",
        Json.write(
            Map.of(
                "profiles",
                Map.of("plainly", Map.of("scheme", "kms", "encryptionContext", CONTEXT)))));
    return environment;
  }

  /** The class path of the managed runtime. */
  private static String runtimeClient() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> entry.contains("aws-lambda-java-"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static QueuePoller poller(SqsClient sqs, String url, ProcessFunction function) {
    return QueuePoller.start(
        sqs,
        url,
        function,
        QueuePoller.Options.of(2, Patience.LIMIT).withRetryAfter(Duration.ofSeconds(1)));
  }

  private static SourceRow.Original row(
      LocalDeployment stack, CredentialId id, String value, long version) {
    byte[] plaintext = value.getBytes(StandardCharsets.UTF_8);
    return new SourceRow.Original(
        id,
        "plainly",
        Base64.getEncoder().encodeToString(stack.kms().encrypt(plaintext, CONTEXT).asByteArray()),
        version);
  }

  private static void awaitVersion(LocalDeployment stack, CredentialId id, long version) {
    DynamoCacheTable cache =
        new DynamoCacheTable(stack.clients().dynamoDb(), stack.resources().names().cacheTable());
    Awaitility.await()
        .until(() -> {
          Entry entry = cache.read(id);
          return entry != null
              && entry.state() == EntryState.READY
              && Objects.equals(entry.version(), version);
        });
  }

  private static void publish(LocalDeployment stack, Event event) {
    EventBridgeBus bus =
        new EventBridgeBus(
            stack.clients().eventBridge(),
            stack.resources().names().bus(),
            Pauses.real(),
            new SecureRandom());
    assertThat(bus.publish(List.of(event))).isEmpty();
  }

  private static KeepwarmReader reader(LocalDeployment stack) {
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

  private static String invoke(ProcessFunction function, String payload) throws Exception {
    return new String(
        function.invoke(payload.getBytes(StandardCharsets.UTF_8), Patience.LIMIT),
        StandardCharsets.UTF_8);
  }
}
