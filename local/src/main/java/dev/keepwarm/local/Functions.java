package dev.keepwarm.local;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import com.amazonaws.services.lambda.runtime.serialization.PojoSerializer;
import com.amazonaws.services.lambda.runtime.serialization.events.LambdaEventSerializers;
import dev.keepwarm.core.AwsClients;
import dev.keepwarm.core.CallTimeouts;
import dev.keepwarm.core.HttpClients;
import dev.keepwarm.decryptor.EventsHandler;
import dev.keepwarm.decryptor.ResolveHandler;
import dev.keepwarm.local.aws.InProcessFunction;
import dev.keepwarm.local.aws.LambdaServer;
import dev.keepwarm.local.aws.QueuePoller;
import dev.keepwarm.warmer.Warmer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
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
 * messages and the functions' answers go through the serialisation that Lambda uses. Thread-safe.
 */
public final class Functions implements AutoCloseable {
  /** Of one invocation: more than on AWS, where a function has its CPUs for itself. */
  static final Duration TIMEOUT = Duration.ofMinutes(5);

  /**
   * Also more than on AWS: the endpoints share this machine with the functions and with whatever
   * else it does. An attempt that is given up and made again would only be more to do.
   */
  private static final CallTimeouts TIMEOUTS =
      new CallTimeouts(Duration.ofMinutes(1), Duration.ofSeconds(20));

  /** As many calls in flight as a small machine gets done in time, unless a setting says more. */
  private static final String PARALLEL = "16";

  private static final int CONCURRENCY = 4;

  private final dev.keepwarm.decryptor.Composition decryptor;
  private final dev.keepwarm.warmer.Composition warmer;
  private final AwsClients clients;
  private final List<QueuePoller> pollers;
  private final InProcessFunction events;
  private final InProcessFunction resolver;
  private final PrintStream log;
  private final ScheduledExecutorService scheduler =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("scheduler").factory());

  private Functions(
      Map<String, String> environment,
      Resources resources,
      Duration retryAfter,
      LambdaServer lambda,
      PrintStream log) {
    this.log = log;
    Map<String, String> settings = new HashMap<>(environment);
    settings.putIfAbsent("KEEPWARM_PARALLEL", PARALLEL);
    decryptor = dev.keepwarm.decryptor.Composition.of(settings, log, TIMEOUTS);
    warmer = dev.keepwarm.warmer.Composition.of(settings, log, TIMEOUTS);
    clients =
        new AwsClients(
            environment, HttpClients.pooled(50), Duration.ofSeconds(60), Duration.ofSeconds(30));
    SqsClient sqs = clients.configure(SqsClient.builder(), "SQS").build();
    events = events(new EventsHandler(decryptor.decryptor()));
    resolver = resolver(new ResolveHandler(decryptor.decryptor()));
    lambda.register(resources.names().resolver(), resolver, TIMEOUT);
    QueuePoller.Options options =
        QueuePoller.Options.of(CONCURRENCY, TIMEOUT).withRetryAfter(retryAfter);
    // A message of this queue has 25 tenants, and a batch of them more than a busy machine gets
    // done
    // in the time of one invocation.
    String due = resources.dueQueueUrl();
    pollers =
        resources.queueUrls().stream()
            .map(url ->
                QueuePoller.start(
                    sqs, url, events, url.equals(due) ? options.withBatchSize(1) : options))
            .toList();
  }

  /**
   * Starts the decryptor and the resolver.
   *
   * @param environment endpoints and settings, as the functions would have them on AWS
   * @param retryAfter when a message that failed comes again, in whole seconds
   * @param lambda where readers find the resolver
   * @param log where the functions' log lines go
   */
  public static Functions start(
      Map<String, String> environment,
      Resources resources,
      Duration retryAfter,
      LambdaServer lambda,
      PrintStream log) {
    return new Functions(environment, resources, retryAfter, lambda, log);
  }

  /** Runs the warmer now and then every {@code period}, as its schedule does. */
  public void warmEvery(Duration period) {
    scheduler.scheduleAtFixedRate(
        () -> {
          try {
            Warmer.Tick unused = tick();
          } catch (RuntimeException e) {
            // The warmer has logged it. As on AWS, the next tick goes on where this one stopped.
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

  /** Stops taking messages, waits for those in flight, and lets go of everything. */
  @Override
  public void close() {
    scheduler.shutdownNow();
    pollers.forEach(QueuePoller::stop);
    events.close();
    resolver.close();
    decryptor.close();
    warmer.close();
    clients.close();
  }

  private static InProcessFunction events(EventsHandler handler) {
    ClassLoader loader = Functions.class.getClassLoader();
    PojoSerializer<SQSEvent> requests =
        LambdaEventSerializers.serializerFor(SQSEvent.class, loader);
    PojoSerializer<SQSBatchResponse> answers =
        LambdaEventSerializers.serializerFor(SQSBatchResponse.class, loader);
    return new InProcessFunction(payload -> {
      SQSEvent event = requests.fromJson(new ByteArrayInputStream(payload));
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      answers.toJson(handler.handleRequest(event, context()), answer);
      return answer.toByteArray();
    });
  }

  private static InProcessFunction resolver(ResolveHandler handler) {
    return new InProcessFunction(payload -> {
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      handler.handleRequest(new ByteArrayInputStream(payload), answer, context());
      return answer.toByteArray();
    });
  }

  private static Context context() {
    return new LocalContext(System.nanoTime() + TIMEOUT.toNanos());
  }
}
