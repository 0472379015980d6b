package dev.keepwarm.local.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.Patience;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvalidParameterValueException;
import software.amazon.awssdk.services.lambda.model.InvalidRequestContentException;
import software.amazon.awssdk.services.lambda.model.InvocationType;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;
import software.amazon.awssdk.services.lambda.model.LambdaException;
import software.amazon.awssdk.services.lambda.model.LastUpdateStatus;
import software.amazon.awssdk.services.lambda.model.RequestTooLargeException;
import software.amazon.awssdk.services.lambda.model.ResourceNotFoundException;
import software.amazon.awssdk.services.lambda.model.UpdateFunctionConfigurationResponse;

class LambdaServerTest {
  private LambdaServer server;
  private LambdaClient lambda;

  @BeforeEach
  void start() throws IOException {
    server = LambdaServer.start(0);
    lambda = Clients.of(LambdaClient.builder(), server.endpoint());
  }

  @AfterEach
  void stop() {
    lambda.close();
    server.close();
  }

  @Test
  void anInvocationIsAnsweredByTheFunction() {
    register("echo", payload -> payload);

    InvokeResponse response = invoke("echo", "{\"a\":1}");

    assertThat(response.payload().asUtf8String()).isEqualTo("{\"a\":1}");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.executedVersion()).isEqualTo("$LATEST");
    assertThat(response.functionError()).isNull();
  }

  @Test
  void aFunctionIsNamedByNameOrArnWithOrWithoutQualifier() {
    register("echo", payload -> payload);

    for (String name :
        new String[] {
          "echo",
          "echo:live",
          "000000000000:function:echo",
          "arn:aws:lambda:us-east-1:000000000000:function:echo",
          "arn:aws:lambda:us-east-1:000000000000:function:echo:live"
        }) {
      assertThat(invoke(name, "1").payload().asUtf8String()).as(name).isEqualTo("1");
    }
  }

  @Test
  void noPayloadIsAnEmptyObject() {
    register("echo", payload -> payload);

    assertThat(lambda.invoke(request -> request.functionName("echo")).payload().asUtf8String())
        .isEqualTo("{}");
  }

  @Test
  void aFailureOfTheFunctionIsAnAnswer() {
    register(
        "failing",
        payload -> {
          throw new IllegalArgumentException("no such tenant");
        });

    InvokeResponse response = invoke("failing", "{}");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.functionError()).isEqualTo("Unhandled");
    assertThat(response.payload().asUtf8String())
        .isEqualTo(
            "{\"errorType\":\"java.lang.IllegalArgumentException\","
                + "\"errorMessage\":\"no such tenant\"}");
  }

  @Test
  void aFunctionThatTakesTooLongIsGivenUp() throws InterruptedException {
    CountDownLatch interrupted = new CountDownLatch(1);
    server.register(
        "slow",
        new InProcessFunction(payload -> {
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
          }
          return payload;
        }),
        Duration.ofMillis(50));

    InvokeResponse response = invoke("slow", "{}");

    assertThat(response.functionError()).isEqualTo("Unhandled");
    assertThat(response.payload().asUtf8String())
        .contains("Sandbox.Timedout", "Task timed out after 0.05 seconds");
    interrupted.await();
  }

  @Test
  void anAsynchronousInvocationIsTriedThreeTimes() throws InterruptedException {
    BlockingQueue<Integer> attempts = new LinkedBlockingQueue<>();
    AtomicInteger count = new AtomicInteger();
    register(
        "flaky",
        payload -> {
          attempts.add(count.incrementAndGet());
          throw new IllegalStateException();
        });

    InvokeResponse response =
        lambda.invoke(
            request -> request.functionName("flaky").invocationType(InvocationType.EVENT));

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(attempts.take()).isEqualTo(1);
    assertThat(attempts.take()).isEqualTo(2);
    assertThat(attempts.take()).isEqualTo(3);
  }

  @Test
  void aDryRunDoesNotRun() {
    AtomicInteger count = new AtomicInteger();
    register(
        "counting",
        payload -> {
          count.incrementAndGet();
          return payload;
        });

    InvokeResponse response =
        lambda.invoke(
            request -> request.functionName("counting").invocationType(InvocationType.DRY_RUN));

    assertThat(response.statusCode()).isEqualTo(204);
    assertThat(count).hasValue(0);
  }

  @Test
  void anUnknownFunctionIsNotFound() {
    assertThatExceptionOfType(ResourceNotFoundException.class)
        .isThrownBy(() -> invoke("nobody", "{}"))
        .satisfies(error -> assertThat(error.statusCode()).isEqualTo(404))
        .withMessageContaining("nobody");
  }

  @Test
  void payloadsAreLimited() {
    register("echo", payload -> payload);
    String sixMegabytes = "\"" + "x".repeat((6 << 20) - 2) + "\"";

    assertThat(invoke("echo", sixMegabytes).payload().asByteArray()).hasSize(6 << 20);
    assertThatExceptionOfType(RequestTooLargeException.class)
        .isThrownBy(() -> invoke("echo", sixMegabytes + " "));
    assertThatExceptionOfType(RequestTooLargeException.class)
        .isThrownBy(() ->
            lambda.invoke(request ->
                request
                    .functionName("echo")
                    .invocationType(InvocationType.EVENT)
                    .payload(SdkBytes.fromUtf8String("\"" + "x".repeat(1 << 20) + "\""))));
  }

  @Test
  void anAnswerThatIsTooLargeIsAFunctionError() {
    register("large", payload -> new byte[(6 << 20) + 1]);

    assertThat(invoke("large", "{}").payload().asUtf8String())
        .contains("Function.ResponseSizeTooLarge");
  }

  @Test
  void aPayloadThatIsNotJsonIsRefused() {
    register("echo", payload -> payload);

    assertThatExceptionOfType(InvalidRequestContentException.class)
        .isThrownBy(() -> invoke("echo", "{"));
  }

  @Test
  void whatIsNotAFunctionNameIsInvalid() {
    assertThatExceptionOfType(LambdaException.class)
        .isThrownBy(() -> invoke("no such name", "{}"))
        .satisfies(error ->
            assertThat(error.awsErrorDetails().errorCode()).isEqualTo("ValidationException"));
  }

  @Test
  void anUpdateOfTheEnvironmentReachesTheFunction() {
    BlockingQueue<Map<String, String>> updates = new LinkedBlockingQueue<>();
    server.register(
        "process",
        new LocalFunction() {
          @Override
          public byte[] invoke(byte[] payload, Duration timeout) {
            return payload;
          }

          @Override
          public boolean reconfigure(Map<String, String> variables) {
            return updates.add(variables);
          }
        },
        Patience.LIMIT);

    UpdateFunctionConfigurationResponse updated =
        lambda.updateFunctionConfiguration(request ->
            request.functionName("process").environment(e -> e.variables(Map.of("ROUND", "2"))));

    assertThat(updates).containsExactly(Map.of("ROUND", "2"));
    assertThat(updated.functionName()).isEqualTo("process");
    assertThat(updated.lastUpdateStatus()).isEqualTo(LastUpdateStatus.SUCCESSFUL);
    assertThat(updated.environment().variables()).isEqualTo(Map.of("ROUND", "2"));
    assertThatExceptionOfType(InvalidParameterValueException.class)
        .isThrownBy(() ->
            lambda.updateFunctionConfiguration(
                request -> request.functionName("process").memorySize(128)))
        .withMessageContaining("nothing else");
  }

  @Test
  void aFunctionInTheStacksOwnProcessHasNoEnvironment() {
    register("echo", payload -> payload);

    assertThatExceptionOfType(InvalidParameterValueException.class)
        .isThrownBy(() ->
            lambda.updateFunctionConfiguration(
                request -> request.functionName("echo").environment(e -> e.variables(Map.of()))))
        .withMessageContaining("no environment");
  }

  private void register(String name, InProcessFunction.Handler handler) {
    server.register(name, new InProcessFunction(handler), Patience.LIMIT);
  }

  private InvokeResponse invoke(String name, String payload) {
    return lambda.invoke(request ->
        request.functionName(name).payload(SdkBytes.fromString(payload, StandardCharsets.UTF_8)));
  }
}
