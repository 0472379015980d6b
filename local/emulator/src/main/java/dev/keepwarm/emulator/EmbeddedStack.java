package dev.keepwarm.emulator;

import dev.keepwarm.emulator.dynamodb.DynamoDbLocalFiles;
import dev.keepwarm.emulator.dynamodb.DynamoDbLocalProcess;
import dev.keepwarm.emulator.eventbridge.EventBridgeServer;
import dev.keepwarm.emulator.http.DataDirectory;
import dev.keepwarm.emulator.http.Incidents;
import dev.keepwarm.emulator.http.NotEmulatedServer;
import dev.keepwarm.emulator.kms.KmsServer;
import dev.keepwarm.emulator.lambda.LambdaServer;
import dev.keepwarm.emulator.sqs.SqsServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * All AWS services that Keepwarm needs, on this machine and on loopback only. DynamoDB runs in a
 * separate process; SQS, KMS, EventBridge and Lambda run in this one. Thread-safe.
 */
public final class EmbeddedStack implements AutoCloseable {
  /** The credentials that clients sign with; any others work as well. */
  public static final AwsCredentialsProvider CREDENTIALS =
      StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local"));

  private final String region;
  private final @Nullable DataDirectory data;
  private final DynamoDbLocalProcess dynamoDb;
  private final SqsServer sqs;
  private final KmsServer kms;
  private final LambdaServer lambda;
  private final EventBridgeServer eventBridge;
  private final NotEmulatedServer others;

  private EmbeddedStack(
      String region,
      @Nullable DataDirectory data,
      DynamoDbLocalProcess dynamoDb,
      SqsServer sqs,
      KmsServer kms,
      LambdaServer lambda,
      EventBridgeServer eventBridge,
      NotEmulatedServer others) {
    this.region = region;
    this.data = data;
    this.dynamoDb = dynamoDb;
    this.sqs = sqs;
    this.kms = kms;
    this.lambda = lambda;
    this.eventBridge = eventBridge;
    this.others = others;
  }

  /**
   * How to start the stack.
   *
   * @param dynamoDbLocal what to run as DynamoDB
   * @param dataDirectory keeps everything, including master keys; null keeps nothing
   * @param region the region in ARNs
   * @param ports where to listen
   * @param incidents receives internal failures
   */
  public record Options(
      DynamoDbLocalFiles dynamoDbLocal,
      @Nullable Path dataDirectory,
      String region,
      Ports ports,
      Incidents incidents) {
    /**
     * Keeps nothing, and takes any free ports. The region is one for which version 1 of the AWS CLI
     * has no special SQS endpoint, because it would prefer that to the environment's.
     *
     * @param dynamoDbLocal what to run as DynamoDB
     * @return options to begin with
     */
    public static Options of(DynamoDbLocalFiles dynamoDbLocal) {
      return new Options(dynamoDbLocal, null, "eu-central-2", Ports.ANY, Incidents.NONE);
    }

    /**
     * The same, with the DynamoDB Local that the project's build has made.
     *
     * @param home the root of the project
     * @return options to begin with
     */
    public static Options of(Path home) {
      return of(DynamoDbLocalFiles.ofBuild(home));
    }

    /**
     * Keeps everything in a directory.
     *
     * @param directory created if it does not exist
     * @return the changed options
     */
    public Options withDataDirectory(Path directory) {
      return new Options(dynamoDbLocal, directory, region, ports, incidents);
    }

    /**
     * Sets the ports.
     *
     * @param value where to listen
     * @return the changed options
     */
    public Options withPorts(Ports value) {
      return new Options(dynamoDbLocal, dataDirectory, region, value, incidents);
    }

    /**
     * Sets the receiver of internal failures.
     *
     * @param value receives them
     * @return the changed options
     */
    public Options withIncidents(Incidents value) {
      return new Options(dynamoDbLocal, dataDirectory, region, ports, value);
    }
  }

  /**
   * The ports to listen on, 0 for any free one.
   *
   * @param dynamoDb of DynamoDB
   * @param sqs of SQS
   * @param kms of KMS
   * @param eventBridge of EventBridge
   * @param lambda of Lambda
   * @param others of the endpoint that responds for all other services
   */
  public record Ports(int dynamoDb, int sqs, int kms, int eventBridge, int lambda, int others) {
    /** The number of ports. */
    public static final int COUNT = 6;

    /** Any free ports. */
    public static final Ports ANY = new Ports(0, 0, 0, 0, 0, 0);

    /**
     * Consecutive ports, in the order of the components.
     *
     * @param first the first of them
     * @return six ports
     */
    public static Ports from(int first) {
      return new Ports(first, first + 1, first + 2, first + 3, first + 4, first + 5);
    }
  }

  /**
   * Starts everything, the slow parts in parallel, and waits until all of it responds.
   *
   * @param options how to start it
   * @return the running stack
   * @throws IOException if a part does not start (the parts that did are stopped again), or another
   *     stack uses the data directory
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public static EmbeddedStack start(Options options) throws IOException, InterruptedException {
    if (options.dataDirectory() == null) {
      return start(options, null);
    }
    DataDirectory data = DataDirectory.open(options.dataDirectory());
    try {
      return start(options, data);
    } catch (IOException | InterruptedException | RuntimeException e) {
      data.close();
      throw e;
    }
  }

  private static EmbeddedStack start(Options options, @Nullable DataDirectory data)
      throws IOException, InterruptedException {
    Path directory = data == null ? null : data.path();
    Ports ports = options.ports();
    Incidents incidents = options.incidents();
    Future<DynamoDbLocalProcess> dynamoDb =
        start(() ->
            DynamoDbLocalProcess.start(
                options.dynamoDbLocal(),
                ports.dynamoDb(),
                directory == null ? null : directory.resolve("dynamodb"),
                incidents));
    Future<SqsServer> sqs =
        start(() ->
            SqsServer.start(
                ports.sqs(),
                options.region(),
                directory == null ? null : directory.resolve("sqs")));
    Future<KmsServer> kms = start(() -> KmsServer.start(ports.kms(), directory, incidents));
    Future<LambdaServer> lambda = start(() -> LambdaServer.start(ports.lambda(), incidents));
    Future<NotEmulatedServer> others = start(() -> NotEmulatedServer.start(ports.others()));
    try {
      // Waits for these before EventBridge starts, so that EventBridge need not be stopped if one
      // fails.
      await(dynamoDb);
      await(kms);
      await(others);
      SqsClient sqsClient = sqsClient(await(sqs).endpoint(), options.region());
      EventBridgeServer eventBridge =
          EventBridgeServer.start(
              ports.eventBridge(), sqsClient, await(lambda), directory, incidents);
      return new EmbeddedStack(
          options.region(),
          data,
          await(dynamoDb),
          await(sqs),
          await(kms),
          await(lambda),
          eventBridge,
          await(others));
    } catch (IOException | InterruptedException | RuntimeException e) {
      closeStarted(dynamoDb);
      closeStarted(sqs);
      closeStarted(kms);
      closeStarted(lambda);
      closeStarted(others);
      throw e;
    }
  }

  /**
   * The region in ARNs.
   *
   * @return a region for clients
   */
  public Region region() {
    return Region.of(region);
  }

  /**
   * DynamoDB.
   *
   * @return the running process
   */
  public DynamoDbLocalProcess dynamoDb() {
    return dynamoDb;
  }

  /**
   * Completes when the stack cannot continue, because a part of it has ended and cannot be
   * restarted without losing data.
   *
   * @return completes with the reason, for people; never completes while all is well, or after
   *     {@link #close}
   */
  public CompletionStage<String> broken() {
    return dynamoDb.gone();
  }

  /**
   * SQS.
   *
   * @return the running endpoint
   */
  public SqsServer sqs() {
    return sqs;
  }

  /**
   * KMS.
   *
   * @return the running endpoint
   */
  public KmsServer kms() {
    return kms;
  }

  /**
   * EventBridge.
   *
   * @return the running endpoint
   */
  public EventBridgeServer eventBridge() {
    return eventBridge;
  }

  /**
   * Lambda.
   *
   * @return the running endpoint, to which functions can be added
   */
  public LambdaServer lambda() {
    return lambda;
  }

  /**
   * The environment variables with which the AWS CLI and any SDK use this stack: an endpoint per
   * service, one that refuses calls of all other services, a region, and dummy credentials.
   *
   * @return variables by name, in the order to print them
   */
  public Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    // For every service that is not named below, so that no call goes to AWS by mistake.
    environment.put("AWS_ENDPOINT_URL", others.endpoint().toString());
    environment.put("AWS_ENDPOINT_URL_DYNAMODB", dynamoDb.endpoint().toString());
    environment.put("AWS_ENDPOINT_URL_SQS", sqs.endpoint().toString());
    environment.put("AWS_ENDPOINT_URL_KMS", kms.endpoint().toString());
    environment.put("AWS_ENDPOINT_URL_EVENTBRIDGE", eventBridge.endpoint().toString());
    environment.put("AWS_ENDPOINT_URL_LAMBDA", lambda.endpoint().toString());
    environment.put("AWS_REGION", region);
    environment.put("AWS_DEFAULT_REGION", region);
    environment.put("AWS_ACCESS_KEY_ID", "local");
    environment.put("AWS_SECRET_ACCESS_KEY", "local");
    return environment;
  }

  /** Stops everything and waits until it has stopped. */
  @Override
  public void close() {
    // Closed from the last to the first: senders before their receivers, and the lock at the end.
    try (data;
        dynamoDb;
        sqs;
        kms;
        lambda;
        eventBridge;
        others) {
      // The resource is only closed.
    }
  }

  private static SqsClient sqsClient(URI endpoint, String region) {
    return SqsClient.builder()
        .endpointOverride(endpoint)
        .region(Region.of(region))
        .credentialsProvider(CREDENTIALS)
        .httpClientBuilder(Apache5HttpClient.builder())
        .build();
  }

  private static <T> Future<T> start(Callable<T> part) {
    FutureTask<T> task = new FutureTask<>(part);
    // Not virtual threads: starting initialises classes, and a virtual thread that waits for a
    // class's initialiser blocks its carrier. A small machine has so few carriers that all can be
    // blocked.
    Thread.ofPlatform().daemon().start(task);
    return task;
  }

  private static <T> T await(Future<T> part) throws IOException, InterruptedException {
    try {
      return part.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IOException("The embedded stack did not start", e.getCause());
    }
  }

  private static void closeStarted(Future<? extends AutoCloseable> part) {
    if (part.cancel(true)) {
      return;
    }
    try {
      part.get().close();
    } catch (Exception e) {
      // The part did not start, so there is nothing to close.
    }
  }
}
