package dev.keepwarm.integration;

import static dev.keepwarm.integration.EndpointWorld.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.warmer.Warmer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProviderChain;
import software.amazon.awssdk.auth.credentials.SystemPropertyCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

/** When an AWS service fails, the error has a stable code, and everything recovers afterwards. */
@ExtendWith(EndpointsExtension.class)
class OutageIT {
  private static Endpoints endpoints;
  private static EndpointWorld world;

  @BeforeAll
  static void start(Endpoints all) {
    endpoints = all;
    world = EndpointWorld.on(all);
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void withoutItsKeyNothingIsReadableAndWithItAgainEverythingIs() {
    CredentialId warm = EndpointWorld.newId("warm");
    world.warm(warm, "sealed before", 1);
    CredentialId cold = EndpointWorld.newId("cold");
    world.atSource(cold, "sealed after", 1);
    world.wheel().enrol(cold.tenant());
    // KMS also accepts an ARN, but moto only the id.
    String arn = world.stack().resources().kmsKeyArn();
    String key = arn.substring(arn.lastIndexOf('/') + 1);
    world.kms().disableKey(r -> r.keyId(key));
    try {
      assumeDisabledKeysAreRefused();
      await()
          .untilAsserted(() -> {
            // A reader that has no data key in memory.
            try (KeepwarmReader reader = world.readerWith(Duration.ZERO).build()) {
              assertThat(EndpointWorld.refusal(reader, warm))
                  .satisfies(refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                  .hasMessageContaining("DisabledException");
            }
          });
      assertThat(world.refusal(cold).code()).isEqualTo(ErrorCode.UNAVAILABLE);
      world.refresh(cold.tenant());
      await().until(() -> world.messages(world.stack().resources().dueQueueUrl()) == 1);
    } finally {
      world.kms().enableKey(r -> r.keyId(key));
    }

    // There are no reads, so the value comes from the queue's redelivery.
    world.awaitReady(cold, 1);
    assertThat(world.read(cold)).isEqualTo("sealed after");
    assertThat(world.read(warm)).isEqualTo("sealed before");
  }

  /** Skips the test if an emulator's KMS ignores a key's state. The embedded one must not. */
  private static void assumeDisabledKeysAreRefused() {
    if (!endpoints.areEmbedded()) {
      try {
        world.stack().kms().encrypt(new byte[1], Map.of());
      } catch (KeepwarmException e) {
        return;
      }
      Assumptions.abort("the KMS of this endpoint encrypts with disabled keys");
    }
  }

  @Test
  void aReaderWhoseTableIsMissingSaysSo() {
    try (KeepwarmReader reader =
        world.readerWith(Duration.ZERO).cacheTable("keepwarm-not-there").build()) {
      assertThat(EndpointWorld.refusal(reader, EndpointWorld.newId("any")))
          .satisfies(
              refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION))
          .hasMessageContaining("keepwarm-not-there")
          .hasMessageContaining("ResourceNotFoundException");
    }
  }

  @Test
  void aDecryptorWhoseSourceIsMissingRefuses() {
    try (var decryptor =
        dev.keepwarm.decryptor.DecryptorComposition.of(
            environment(Map.of("KEEPWARM_SOURCE_TABLE", "keepwarm-not-there")),
            nowhere(),
            Patience.CALLS)) {
      ResolveAnswer answer =
          decryptor
              .decryptor()
              .resolve(new ResolveRequest("acme", "any", null), () -> Patience.LIMIT.toMillis());

      assertThat(answer)
          .isInstanceOfSatisfying(
              ResolveAnswer.Refused.class,
              refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }
  }

  @Test
  void aWarmerWhoseWheelIsMissingSaysSo() {
    try (var warmer =
        dev.keepwarm.warmer.WarmerComposition.of(
            environment(Map.of("KEEPWARM_WHEEL_TABLE", "keepwarm-not-there")),
            nowhere(),
            Patience.CALLS)) {
      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> {
            Warmer.Tick unused = warmer.warmer().tick(() -> 30_000);
          })
          .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
          .withMessageContaining("keepwarm-not-there");
    }
  }

  @Test
  void aWarmerWhoseBusCannotBeReachedSaysSoAndLosesNothing() {
    CredentialId id = EndpointWorld.newId("payroll");
    world.atSource(id, "the value", 1);
    world.wheel().enrol(id.tenant());
    try (var warmer =
        dev.keepwarm.warmer.WarmerComposition.of(
            environment(Map.of("AWS_ENDPOINT_URL_EVENTBRIDGE", closedPort().toString())),
            nowhere(),
            Patience.CALLS)) {
      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> {
            Warmer.Tick unused = warmer.warmer().tick(() -> 30_000);
          })
          .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }

    world.tick();

    world.awaitReady(id, 1);
  }

  @Test
  void withoutAwsCredentialsAccessIsDenied() {
    try (DynamoDbClient dynamoDb =
            configured(DynamoDbClient.builder(), "AWS_ENDPOINT_URL_DYNAMODB")
                .credentialsProvider(
                    AwsCredentialsProviderChain.of(SystemPropertyCredentialsProvider.create()))
                .build();
        KeepwarmReader reader = world.readerWith(Duration.ZERO).dynamoDb(dynamoDb).build()) {
      assertThat(EndpointWorld.refusal(reader, EndpointWorld.newId("any")))
          .satisfies(refused -> assertThat(refused.code()).isEqualTo(ErrorCode.DENIED))
          .hasMessageContaining("no AWS credentials");
    }
  }

  @Test
  void aTableThatCannotBeReachedIsUnavailable() {
    try (DynamoDbClient dynamoDb = unreachable(DynamoDbClient.builder()).build();
        KeepwarmReader reader = world.readerWith(Duration.ZERO).dynamoDb(dynamoDb).build()) {
      assertThat(EndpointWorld.refusal(reader, EndpointWorld.newId("any")).code())
          .isEqualTo(ErrorCode.UNAVAILABLE);
      assertThat(reader.stats().outages()).isEqualTo(1);
    }
  }

  @Test
  void aKeyServiceThatCannotBeReachedIsUnavailable() {
    CredentialId id = EndpointWorld.newId("payroll");
    world.warm(id, "the value", 1);
    try (KmsClient kms = unreachable(KmsClient.builder()).build();
        KeepwarmReader reader = world.readerWith(Duration.ZERO).kms(kms).build()) {
      assertThat(EndpointWorld.refusal(reader, id).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    }
  }

  @Test
  void aDecryptorThatCannotBeReachedIsUnavailable() {
    CredentialId id = EndpointWorld.newId("payroll");
    world.atSource(id, "the value", 1);
    try (LambdaClient lambda = unreachable(LambdaClient.builder()).build();
        KeepwarmReader reader = world.readerWith(Duration.ZERO).lambda(lambda).build()) {
      assertThat(EndpointWorld.refusal(reader, id).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    }
  }

  private static Map<String, String> environment(Map<String, String> changed) {
    Map<String, String> environment = new HashMap<>(world.stack().environment());
    environment.putAll(changed);
    return environment;
  }

  private static PrintStream nowhere() {
    return new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
  }

  private static <B extends AwsClientBuilder<B, ?>> B unreachable(B builder) {
    return plain(builder, closedPort());
  }

  private static <B extends AwsClientBuilder<B, ?>> B configured(B builder, String variable) {
    Map<String, String> environment = world.stack().environment();
    return plain(
        builder,
        URI.create(environment.getOrDefault(variable, environment.get("AWS_ENDPOINT_URL"))));
  }

  private static <B extends AwsClientBuilder<B, ?>> B plain(B builder, URI endpoint) {
    return builder
        .endpointOverride(endpoint)
        .region(Region.of(world.stack().environment().get("AWS_REGION")))
        .credentialsProvider(EmbeddedStack.CREDENTIALS)
        .overrideConfiguration(c -> c.retryStrategy(DefaultRetryStrategy.doNotRetry()));
  }

  /** A loopback port without a listener: it was free a moment ago. */
  private static URI closedPort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
