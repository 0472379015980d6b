package dev.keepwarm.reader;

import dev.keepwarm.core.AwsClients;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import software.amazon.awssdk.core.SdkClient;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

/**
 * The AWS clients that a reader makes for itself, over one connection pool; each when it is first
 * needed, because making one costs a cold start milliseconds. Thread-safe.
 */
final class Clients implements AutoCloseable {
  private final Lazy<SdkHttpClient> http;
  private final List<Lazy<? extends SdkClient>> made = new ArrayList<>();

  final Lazy<DynamoDbClient> dynamoDb;
  final Lazy<KmsClient> kms;
  final Lazy<LambdaClient> lambda;
  final Lazy<EventBridgeClient> eventBridge;

  /**
   * Clients for an environment.
   *
   * @param variables what configures them; what is absent the SDK finds its own way
   * @param deadline how long a call may take with all its attempts
   */
  Clients(Map<String, String> variables, Duration deadline) {
    this.http =
        new Lazy<>(() ->
            Apache5HttpClient.builder()
                .connectionTimeout(deadline)
                .connectionAcquisitionTimeout(deadline)
                .build());
    // Half of it for an attempt, so that a connection that died in a freeze leaves time for a
    // second.
    Duration half = deadline.dividedBy(2);
    this.dynamoDb = lazy(() -> clients(variables, deadline, half).dynamoDb());
    this.kms = lazy(() -> clients(variables, deadline, half).kms());
    this.eventBridge = lazy(() -> clients(variables, deadline, half).eventBridge());
    // The decryptor may be cold; to invoke it twice would only make two of them.
    this.lambda =
        lazy(() ->
            clients(variables, deadline, deadline)
                .configure(LambdaClient.builder(), "LAMBDA")
                .build());
  }

  @Override
  public void close() {
    made.forEach(client -> client.ifMade(SdkClient::close));
    http.ifMade(SdkHttpClient::close);
  }

  private AwsClients clients(Map<String, String> variables, Duration call, Duration attempt) {
    return new AwsClients(variables, http.get(), call, attempt);
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
