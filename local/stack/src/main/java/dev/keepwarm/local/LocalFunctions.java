package dev.keepwarm.local;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import com.amazonaws.services.lambda.runtime.serialization.PojoSerializer;
import com.amazonaws.services.lambda.runtime.serialization.events.LambdaEventSerializers;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.AwsErrors;
import dev.keepwarm.core.internal.CallTimeouts;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.decryptor.EventsHandler;
import dev.keepwarm.decryptor.ResolveHandler;
import dev.keepwarm.emulator.lambda.InProcessFunction;
import dev.keepwarm.emulator.lambda.LambdaServer;
import dev.keepwarm.emulator.lambda.QueuePoller;
import dev.keepwarm.engine.HttpClients;
import dev.keepwarm.warmer.Warmer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * Keepwarm's functions, run in this process against any endpoints: the decryptor behind its three
 * queues, the resolver behind a local Lambda endpoint, and the warmer on its schedule. The queues'
 * messages and the functions' responses go through the serialisation that Lambda uses. Thread-safe.
 */
public final class LocalFunctions implements AutoCloseable {
  /**
   * The timeout of one invocation: longer than on AWS, where a function does not share its CPUs.
   */
  static final Duration TIMEOUT = Duration.ofMinutes(5);

  /**
   * Also longer than on AWS, because the endpoints share this machine with the functions and with
   * other programs. Retrying an attempt too early would only add load.
   */
  private static final CallTimeouts TIMEOUTS =
      new CallTimeouts(Duration.ofMinutes(1), Duration.ofSeconds(20));

  /** As many calls in flight as a small machine completes in time; a setting can override it. */
  private static final String PARALLEL = "16";

  private static final int CONCURRENCY = 4;

  private final Map<String, String> environment;
  private final Decryptors decryptors;
  private final dev.keepwarm.warmer.WarmerComposition warmer;
  private final AwsClients clients;
  private final List<QueuePoller> pollers;
  private final InProcessFunction events;
  private final InProcessFunction resolver;
  private final PrintStream log;
  private final ScheduledExecutorService scheduler =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("scheduler").factory());

  private LocalFunctions(
      Map<String, String> environment,
      Resources resources,
      Duration retryAfter,
      LambdaServer lambda,
      PrintStream log) {
    this.log = log;
    Map<String, String> settings = new HashMap<>(environment);
    settings.putIfAbsent("KEEPWARM_PARALLEL", PARALLEL);
    this.environment = Map.copyOf(settings);
    decryptors =
        new Decryptors(dev.keepwarm.decryptor.DecryptorComposition.of(settings, log, TIMEOUTS));
    warmer = dev.keepwarm.warmer.WarmerComposition.of(settings, log, TIMEOUTS);
    clients =
        new AwsClients(
            environment, HttpClients.pooled(50), Duration.ofSeconds(60), Duration.ofSeconds(30));
    SqsClient sqs = clients.configure(SqsClient.builder(), "SQS").build();
    events = events(decryptors);
    resolver = resolver(decryptors);
    ResourceNames names = resources.names();
    lambda.register(names.resolver(), resolver, TIMEOUT);
    // The functions can also be invoked by hand, as on AWS: with a batch, or for a tick.
    lambda.register(names.decryptor(), events, TIMEOUT);
    lambda.register(
        names.warmer(),
        new InProcessFunction(payload -> {
          Warmer.Tick unused = tick();
          return "null".getBytes(StandardCharsets.UTF_8);
        }),
        TIMEOUT);
    pollers =
        resources.queueUrls().stream()
            .map(url -> QueuePoller.start(sqs, url, events, polling(url, resources, retryAfter)))
            .toList();
    pollers.forEach(poller -> lambda.showMapping(names.decryptor(), poller));
  }

  private QueuePoller.Options polling(String queueUrl, Resources resources, Duration retryAfter) {
    Log pollers = new Log(log, InstantSource.system(), "queues");
    QueuePoller.Options options =
        QueuePoller.Options.of(CONCURRENCY, TIMEOUT).withRetryAfter(retryAfter);
    if (queueUrl.equals(resources.dueQueueUrl())) {
      // A message of this queue has 25 tenants. A busy machine cannot finish a batch of messages
      // within the timeout of an invocation.
      options = options.withBatchSize(1);
    }
    return options.withOnError(error ->
        pollers.failed(
            "messages not handled",
            error instanceof RuntimeException failure
                ? AwsErrors.translate("the queue", failure)
                : new KeepwarmException(ErrorCode.UNAVAILABLE, String.valueOf(error.getMessage())),
            "queue",
            queueUrl.substring(queueUrl.lastIndexOf('/') + 1)));
  }

  /**
   * Starts the decryptor and the resolver.
   *
   * @param environment endpoints and settings, as in the functions' environment on AWS
   * @param retryAfter the time after which a failed message is redelivered, in whole seconds
   * @param lambda the endpoint in which readers find the resolver
   * @param log receives the functions' log lines
   */
  public static LocalFunctions start(
      Map<String, String> environment,
      Resources resources,
      Duration retryAfter,
      LambdaServer lambda,
      PrintStream log) {
    return new LocalFunctions(environment, resources, retryAfter, lambda, log);
  }

  /** Runs the warmer now and then every {@code period}, as its schedule does. */
  public void warmEvery(Duration period) {
    scheduler.scheduleAtFixedRate(
        () -> {
          try {
            Warmer.Tick unused = tick();
          } catch (RuntimeException e) {
            // The warmer has logged it. As on AWS, the next tick continues where this one stopped.
          }
        },
        0,
        period.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  /** One tick of the warmer. */
  public Warmer.Tick tick() {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    return warmer.warmer().tick(() -> TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()));
  }

  /**
   * Replaces the current decryptor by one that reads the profiles again. Invocations in flight end
   * with the old one.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if the profiles are wrong;
   *     then the current decryptor stays
   */
  public void reload() {
    decryptors.replace(dev.keepwarm.decryptor.DecryptorComposition.of(environment, log, TIMEOUTS));
  }

  /**
   * Checks once a second whether the file of profiles has changed, and then reloads it. If the file
   * is wrong or missing, that is logged once, and the current decryptor stays.
   */
  void reloadWhenChanged(Path profiles) {
    WatchedFile watched = new WatchedFile(profiles);
    Log reloads = new Log(log, InstantSource.system(), "profiles");
    scheduler.scheduleWithFixedDelay(
        () -> {
          if (!watched.hasChanged()) {
            return;
          }
          try {
            reload();
            reloads.info("profiles reloaded", "RELOADED");
          } catch (RuntimeException e) {
            reloads.failed("profiles not reloaded", e);
          }
        },
        1,
        1,
        TimeUnit.SECONDS);
  }

  /** Stops receiving messages, waits for those in flight, and releases everything. */
  @Override
  public void close() {
    scheduler.shutdownNow();
    pollers.forEach(QueuePoller::stop);
    events.close();
    resolver.close();
    decryptors.close();
    warmer.close();
    clients.close();
  }

  private static InProcessFunction events(Decryptors decryptors) {
    ClassLoader loader = LocalFunctions.class.getClassLoader();
    PojoSerializer<SQSEvent> requests =
        LambdaEventSerializers.serializerFor(SQSEvent.class, loader);
    PojoSerializer<SQSBatchResponse> answers =
        LambdaEventSerializers.serializerFor(SQSBatchResponse.class, loader);
    return new InProcessFunction(payload ->
        decryptors.use(decryptor -> {
          SQSEvent event = requests.fromJson(new ByteArrayInputStream(payload));
          ByteArrayOutputStream answer = new ByteArrayOutputStream();
          EventsHandler handler =
              new EventsHandler(decryptor.decryptor(), decryptor.failedChanges());
          answers.toJson(handler.handleRequest(event, context()), answer);
          return answer.toByteArray();
        }));
  }

  private static InProcessFunction resolver(Decryptors decryptors) {
    return new InProcessFunction(payload ->
        decryptors.use(decryptor -> {
          ByteArrayOutputStream answer = new ByteArrayOutputStream();
          new ResolveHandler(decryptor.decryptor())
              .handleRequest(new ByteArrayInputStream(payload), answer, context());
          return answer.toByteArray();
        }));
  }

  private static Context context() {
    return new LocalContext(System.nanoTime() + TIMEOUT.toNanos());
  }
}
