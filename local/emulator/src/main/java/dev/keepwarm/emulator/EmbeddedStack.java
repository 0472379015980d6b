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
 * All the AWS services Keepwarm needs, on this machine and on loopback only: DynamoDB in a process
 * of its own, SQS, KMS, EventBridge and Lambda in this one. Thread-safe.
 */
public final class EmbeddedStack implements AutoCloseable {
  /** What clients sign with; any other credentials do as well. */
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
   * @param dataDirectory keeps everything, master keys too; null keeps nothing
   * @param region the one that ARNs name
   * @param ports where to listen
   * @param incidents told of what goes wrong inside
   */
  public record Options(
      DynamoDbLocalFiles dynamoDbLocal,
      @Nullable Path dataDirectory,
      String region,
      Ports ports,
      Incidents incidents) {
    /**
     * Nothing kept, any free ports, and a region for which version 1 of the AWS CLI has no endpoint
     * of its own for SQS: where it has one, it takes it whatever the environment says.
     *
     * @param dynamoDbLocal what to run as DynamoDB
     * @return options to begin with
     */
    public static Options of(DynamoDbLocalFiles dynamoDbLocal) {
      return new Options(dynamoDbLocal, null, "eu-central-2", Ports.ANY, Incidents.NONE);
    }

    /**
     * The same, with the DynamoDB Local of a project that is built.
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
     * @param directory made if it is not there
     * @return the changed options
     */
    public Options withDataDirectory(Path directory) {
      return new Options(dynamoDbLocal, directory, region, ports, incidents);
    }

    /**
     * Other ports.
     *
     * @param value where to listen
     * @return the changed options
     */
    public Options withPorts(Ports value) {
      return new Options(dynamoDbLocal, dataDirectory, region, value, incidents);
    }

    /**
     * Somebody who wants to know what goes wrong inside.
     *
     * @param value told of it
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
   * @param others of the endpoint that answers for every other service
   */
  public record Ports(int dynamoDb, int sqs, int kms, int eventBridge, int lambda, int others) {
    /** How many there are. */
    public static final int COUNT = 6;

    /** Any free ones. */
    public static final Ports ANY = new Ports(0, 0, 0, 0, 0, 0);

    /**
     * Ports in a row, in the order of the components.
     *
     * @param first the first of them
     * @return six ports
     */
    public static Ports from(int first) {
      return new Ports(first, first + 1, first + 2, first + 3, first + 4, first + 5);
    }
  }

  /**
   * Starts everything, the slow parts side by side, and waits until all of it answers.
   *
   * @param options how
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
      // Before EventBridge, which would have to be stopped again if one of them failed.
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
   * The region that ARNs name.
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
   * Tells when the stack cannot go on, because a part of it has ended and cannot be started again
   * without losing data.
   *
   * @return completed with why, for people; never, as long as all is well or after {@link #close}
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
   * What the AWS CLI and any SDK need in their environment to use this stack: an endpoint a
   * service, one that refuses for all other services, a region, and credentials, which are dummies.
   *
   * @return variables by name, in the order to print them
   */
  public Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    // Of every service that is not named below: none must go to AWS by mistake.
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
    // Closed from the last to the first: what sends to others before them, the lock at the end.
    try (data;
        dynamoDb;
        sqs;
        kms;
        lambda;
        eventBridge;
        others) {
      // Only closed.
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
    // Starting initialises classes, and a virtual thread that waits for another's initialiser keeps
    // its carrier: with as few carriers as a small machine has, all of them can end up waiting.
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
      // It did not start, so there is nothing to close.
    }
  }
}
