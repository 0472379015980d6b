package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsClients;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import software.amazon.awssdk.core.SdkClient;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.KmsServiceClientConfiguration;
import software.amazon.awssdk.services.kms.endpoints.KmsEndpointProvider;
import software.amazon.awssdk.services.lambda.LambdaClient;

/**
 * The AWS clients that a reader creates itself. Each is made at its first use, because making one
 * adds milliseconds to a cold start. Thread-safe.
 */
final class Clients implements AutoCloseable {
  /** Less than the minute after which servers close idle connections. */
  private static final Duration MAX_IDLE = Duration.ofSeconds(50);

  /** A resolve has only one attempt, which must not use a connection that broke in a freeze. */
  private static final Duration MAX_IDLE_OF_RESOLVES = Duration.ofSeconds(5);

  private final Lazy<SdkHttpClient> http;
  private final Lazy<SdkHttpClient> resolveHttp;
  private final List<Lazy<? extends SdkClient>> made = new ArrayList<>();

  final Lazy<DynamoDbClient> dynamoDb;
  final Lazy<KmsClient> kms;
  final Lazy<LambdaClient> lambda;
  final Lazy<EventBridgeClient> eventBridge;

  /**
   * Clients for an environment.
   *
   * @param variables the variables that configure them; the SDK finds missing values its own way
   * @param deadline how long a call may take with all its attempts
   */
  Clients(Map<String, String> variables, Duration deadline) {
    this.http = new Lazy<>(() -> connections(deadline, MAX_IDLE));
    this.resolveHttp = new Lazy<>(() -> connections(deadline, MAX_IDLE_OF_RESOLVES));
    // An attempt gets half of the deadline. If its connection broke in a freeze, there is time left
    // for a second attempt on a new connection.
    Duration half = deadline.dividedBy(2);
    this.dynamoDb = lazy(() -> new AwsClients(variables, http.get(), deadline, half).dynamoDb());
    this.kms = lazy(() -> new AwsClients(variables, http.get(), deadline, half).kms());
    this.eventBridge =
        lazy(() -> new AwsClients(variables, http.get(), deadline, half).eventBridge());
    // No retries: the decryptor may be cold, and a second invocation would only start another one.
    this.lambda =
        lazy(() ->
            new AwsClients(variables, resolveHttp.get(), deadline, deadline)
                .configure(LambdaClient.builder(), "LAMBDA")
                .build());
  }

  @Override
  public void close() {
    made.forEach(client -> client.ifMade(SdkClient::close));
    http.ifMade(SdkHttpClient::close);
    resolveHttp.ifMade(SdkHttpClient::close);
  }

  /**
   * Opens a connection to KMS with a request that is not an API call. So it needs no permission and
   * leaves no trace in logs.
   */
  void connectToKms() throws IOException {
    KmsServiceClientConfiguration configuration = kms.get().serviceClientConfiguration();
    URI endpoint =
        configuration
            .endpointOverride()
            .orElseGet(() ->
                KmsEndpointProvider.defaultProvider()
                    .resolveEndpoint(parameters -> parameters.region(configuration.region()))
                    .join()
                    .url());
    HttpExecuteResponse response =
        http.get()
            .prepareRequest(
                HttpExecuteRequest.builder()
                    .request(
                        SdkHttpRequest.builder().method(SdkHttpMethod.GET).uri(endpoint).build())
                    .build())
            .call();
    if (response.responseBody().isPresent()) {
      // Read to the end, so that the connection can be reused.
      try (InputStream body = response.responseBody().get()) {
        byte[] ignored = body.readAllBytes();
      }
    }
  }

  private static SdkHttpClient connections(Duration deadline, Duration maxIdle) {
    return new FreshConnections(
        () ->
            Apache5HttpClient.builder()
                .connectionTimeout(deadline)
                .connectionAcquisitionTimeout(deadline)
                .connectionMaxIdleTime(maxIdle)
                .tcpKeepAlive(true)
                .build(),
        // Twice the deadline, because no call takes longer than the deadline.
        CompletableFuture.delayedExecutor(2 * deadline.toMillis(), TimeUnit.MILLISECONDS)::execute);
  }

  private <C extends SdkClient> Lazy<C> lazy(Supplier<C> maker) {
    Lazy<C> client =
        new Lazy<>(() -> {
          try {
            return maker.get();
          } catch (SdkClientException e) {
            throw new KeepwarmException(
                ErrorCode.INVALID_CONFIGURATION,
                "cannot make an AWS client: is AWS_REGION set?",
                e);
          }
        });
    made.add(client);
    return client;
  }
}
