package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.kms.KmsClient;

/**
 * Creates AWS clients that share one HTTP client, for composition roots. Region, credentials and
 * endpoints come from the same variables that the SDK reads. They are given as a map, so that one
 * process can talk to several stacks. Thread-safe. {@link #close} closes the HTTP client, and with
 * it the clients' connections.
 */
public final class AwsClients implements AutoCloseable {
  private static final int MOST_PORT = 65_535;

  private final Environment environment;
  private final SdkHttpClient http;
  private final Duration callTimeout;
  private final Duration attemptTimeout;

  /**
   * Clients for an environment.
   *
   * @param variables {@code AWS_REGION}, {@code AWS_ENDPOINT_URL} and {@code
   *     AWS_ENDPOINT_URL_<SERVICE>}, {@code AWS_ACCESS_KEY_ID} and so on; the SDK looks up what
   *     they do not set in its usual places
   * @param http closed with this
   * @param callTimeout how long a call may take with all its attempts
   * @param attemptTimeout how long one attempt may take
   */
  public AwsClients(
      Map<String, String> variables,
      SdkHttpClient http,
      Duration callTimeout,
      Duration attemptTimeout) {
    this.environment = new Environment(variables);
    this.http = http;
    this.callTimeout = callTimeout;
    this.attemptTimeout = attemptTimeout;
  }

  /** A DynamoDB client. */
  public DynamoDbClient dynamoDb() {
    return configure(DynamoDbClient.builder(), "DYNAMODB").build();
  }

  /** A KMS client. */
  public KmsClient kms() {
    return configure(KmsClient.builder(), "KMS").build();
  }

  /** An EventBridge client. */
  public EventBridgeClient eventBridge() {
    return configure(EventBridgeClient.builder(), "EVENTBRIDGE").build();
  }

  /**
   * Configures the builder of any service's client.
   *
   * @param service the service in {@code AWS_ENDPOINT_URL_<SERVICE>}
   */
  public <B extends AwsClientBuilder<B, ?> & AwsSyncClientBuilder<B, ?>> B configure(
      B builder, String service) {
    builder
        .httpClient(http)
        .overrideConfiguration(
            ClientOverrideConfiguration.builder()
                .apiCallTimeout(callTimeout)
                .apiCallAttemptTimeout(attemptTimeout)
                .build());
    String region = environment.optional("AWS_REGION");
    if (region != null) {
      // The region becomes part of host names.
      if (!region.matches("[a-z0-9-]{1,64}")) {
        throw invalid("AWS_REGION", "lower-case letters, digits and hyphens, such as eu-central-1");
      }
      builder.region(Region.of(region));
    }
    String variable = "AWS_ENDPOINT_URL_" + service;
    if (environment.optional(variable) == null) {
      variable = "AWS_ENDPOINT_URL";
    }
    String endpoint = environment.optional(variable);
    if (endpoint != null) {
      builder.endpointOverride(endpoint(endpoint, variable));
    }
    AwsCredentialsProvider credentials = credentials();
    if (credentials != null) {
      builder.credentialsProvider(credentials);
    }
    return builder;
  }

  @Override
  public void close() {
    http.close();
  }

  /** Checks the URL early: the HTTP client would fail at the first call with an unclear message. */
  private static URI endpoint(String url, String variable) {
    try {
      URI endpoint = URI.create(url);
      boolean http = "http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme());
      if (http
          && endpoint.getHost() != null
          && endpoint.getPort() <= MOST_PORT
          && endpoint.getPort() != 0) {
        return endpoint;
      }
    } catch (IllegalArgumentException e) {
      // Reported below.
    }
    throw invalid(variable, "a URL such as http://127.0.0.1:4566");
  }

  private static KeepwarmException invalid(String variable, String allowed) {
    return new KeepwarmException(
        ErrorCode.INVALID_CONFIGURATION, variable + ": must be " + allowed);
  }

  private @Nullable AwsCredentialsProvider credentials() {
    String id = environment.optional("AWS_ACCESS_KEY_ID");
    String secret = environment.optional("AWS_SECRET_ACCESS_KEY");
    String token = environment.optional("AWS_SESSION_TOKEN");
    if (id == null || secret == null) {
      return null;
    }
    AwsCredentials credentials =
        token == null
            ? AwsBasicCredentials.create(id, secret)
            : AwsSessionCredentials.create(id, secret, token);
    return StaticCredentialsProvider.create(credentials);
  }
}
