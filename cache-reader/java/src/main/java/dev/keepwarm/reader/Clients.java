package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
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
  private final Duration deadline;
  private final Lazy<SdkHttpClient> http;
  private final List<Lazy<? extends AutoCloseable>> made = new ArrayList<>();

  final Lazy<DynamoDbClient> dynamoDb;
  final Lazy<KmsClient> kms;
  final Lazy<LambdaClient> lambda;
  final Lazy<EventBridgeClient> eventBridge;

  /**
   * Clients as the environment configures them.
   *
   * @param deadline how long one call may take, its repetitions included
   */
  Clients(Duration deadline) {
    this.deadline = deadline;
    this.http =
        new Lazy<>(() ->
            Apache5HttpClient.builder()
                .connectionTimeout(deadline)
                .connectionAcquisitionTimeout(deadline)
                .build());
    this.dynamoDb = lazy(() -> build(DynamoDbClient.builder()));
    this.kms = lazy(() -> build(KmsClient.builder()));
    this.lambda = lazy(() -> build(LambdaClient.builder()));
    this.eventBridge = lazy(() -> build(EventBridgeClient.builder()));
  }

  @Override
  public void close() {
    made.forEach(client -> client.ifMade(Clients::close));
    http.ifMade(SdkHttpClient::close);
  }

  private <C extends AutoCloseable> Lazy<C> lazy(Supplier<C> maker) {
    Lazy<C> client = new Lazy<>(maker);
    made.add(client);
    return client;
  }

  private <C, B extends AwsSyncClientBuilder<B, C> & AwsClientBuilder<B, C>> C build(B builder) {
    try {
      return builder
          .httpClient(http.get())
          .overrideConfiguration(c -> c.apiCallTimeout(deadline))
          .build();
    } catch (SdkClientException e) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION,
          "cannot make an AWS client: is AWS_REGION set, and a valid Region?",
          e);
    }
  }

  private static void close(AutoCloseable client) {
    try {
      client.close();
    } catch (Exception e) {
      throw new IllegalStateException("an AWS client does not close", e);
    }
  }
}
