package dev.keepwarm.bench.callers;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.engine.HttpClients;
import dev.keepwarm.reader.KeepwarmReader;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;

/**
 * The Java caller, a separate process: for each line of input, {@code WAY CALLERS CALLS}, lets so
 * many callers make so many calls each, and prints the nanoseconds of each call, in ascending
 * order. Ends with its input. Fails on any value but the expected one, and prints neither.
 */
public final class JavaCaller {
  /** The environment variable with the value of all credentials. */
  static final String VALUE = "BENCH_VALUE";

  /** The environment variable with the numbers of warm and of missing tenants. */
  static final String TENANTS = "BENCH_TENANTS";

  private static final String NAME = "value";
  private static final int CONNECTIONS = 50;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final String expected;
  private final int tenants;
  private final LambdaClient lambda;
  private final KeepwarmReader uncached;
  private final KeepwarmReader keyless;
  private final KeepwarmReader caching;

  private JavaCaller(Map<String, String> environment) {
    expected = Objects.requireNonNull(environment.get(VALUE), VALUE);
    tenants = Integer.parseInt(Objects.requireNonNull(environment.get(TENANTS), TENANTS));
    AwsClients clients =
        new AwsClients(environment, HttpClients.pooled(CONNECTIONS), PATIENCE, PATIENCE);
    lambda = clients.configure(LambdaClient.builder(), "LAMBDA").build();
    uncached = KeepwarmReader.builder().environment(environment).nearTtl(Duration.ZERO).build();
    keyless =
        KeepwarmReader.builder()
            .environment(environment)
            .nearTtl(Duration.ZERO)
            .dataKeyTtl(Duration.ZERO)
            .build();
    caching =
        KeepwarmReader.builder().environment(environment).nearTtl(Duration.ofHours(1)).build();
  }

  /** Gets the credential of the tenant of that number. */
  @FunctionalInterface
  private interface Getter {
    String get(int number);
  }

  /** Serves lines until there are no more. */
  public static void main(String[] arguments) throws Exception {
    JavaCaller caller = new JavaCaller(System.getenv());
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ", -1);
      long[] nanos =
          caller.round(Way.of(words[0]), Integer.parseInt(words[1]), Integer.parseInt(words[2]));
      System.out.println(
          Arrays.stream(nanos).mapToObj(Long::toString).collect(Collectors.joining(" ")));
    }
    // Exits without waiting for the clients' threads.
    System.exit(0);
  }

  /** The tenant of that number whose credential is in the cache. */
  static CredentialId warm(int number) {
    return new CredentialId("warm-" + number, NAME);
  }

  /** The tenant of that number whose credential is not. */
  static CredentialId missing(int number) {
    return new CredentialId("missing-" + number, NAME);
  }

  private long[] round(Way way, int callers, int calls)
      throws InterruptedException, ExecutionException {
    Getter getter = getter(way);
    if (way == Way.NEAR) {
      for (int number = 0; number < tenants; number++) {
        check(getter.get(number));
      }
    }
    long[] nanos = new long[callers * calls];
    CountDownLatch go = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> all = new ArrayList<>();
      for (int caller = 0; caller < callers; caller++) {
        int from = caller * calls;
        all.add(
            threads.submit(() -> {
              go.await();
              for (int call = from; call < from + calls; call++) {
                int number = call % tenants;
                long begun = System.nanoTime();
                String value = getter.get(number);
                nanos[call] = System.nanoTime() - begun;
                check(value);
              }
              return true;
            }));
      }
      go.countDown();
      for (Future<Boolean> one : all) {
        one.get();
      }
    }
    Arrays.sort(nanos);
    return nanos;
  }

  private Getter getter(Way way) {
    return switch (way) {
      case NAIVE, RUST -> number -> invoke(way.word(), warm(number));
      case RESOLVE -> number -> uncached.get(missing(number)).text();
      case UNWRAP -> number -> keyless.get(warm(number)).text();
      case CACHE -> number -> uncached.get(warm(number)).text();
      case NEAR -> number -> caching.get(warm(number)).text();
    };
  }

  private String invoke(String function, CredentialId id) {
    String request = Json.write(Map.of("tenant", id.tenant(), "name", id.name()));
    InvokeResponse response =
        lambda.invoke(r -> r.functionName(function).payload(SdkBytes.fromUtf8String(request)));
    if (response.functionError() != null) {
      throw new IllegalStateException("function " + function + " failed");
    }
    return String.valueOf(Json.parseObject(response.payload().asUtf8String()).get("value"));
  }

  private void check(String value) {
    if (!value.equals(expected)) {
      throw new IllegalStateException("another value than the one that was stored");
    }
  }
}
