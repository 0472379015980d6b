package dev.keepwarm.emulator.lambda;

import static dev.keepwarm.emulator.http.Clients.assertCode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.emulator.http.Clients;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.FunctionConfiguration;
import software.amazon.awssdk.services.lambda.model.InvalidParameterValueException;
import software.amazon.awssdk.services.lambda.model.InvalidRequestContentException;
import software.amazon.awssdk.services.lambda.model.InvocationType;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;
import software.amazon.awssdk.services.lambda.model.LambdaException;
import software.amazon.awssdk.services.lambda.model.LastUpdateStatus;
import software.amazon.awssdk.services.lambda.model.LogType;
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
          "echo:$LATEST",
          "000000000000:function:echo",
          "arn:aws:lambda:us-east-1:000000000000:function:echo",
          "arn:aws:lambda:us-east-1:000000000000:function:echo:$LATEST"
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

  @Test
  void functionsAreListedAndShown() {
    register("one", payload -> payload);
    register("two", payload -> payload);

    assertThat(lambda.listFunctions().functions())
        .extracting(FunctionConfiguration::functionName)
        .containsExactly("one", "two");
    var first = lambda.listFunctions(r -> r.maxItems(1));
    assertThat(first.functions()).hasSize(1);
    assertThat(lambda.listFunctions(r -> r.marker(first.nextMarker())).functions())
        .extracting(FunctionConfiguration::functionName)
        .containsExactly("two");
    assertThat(lambda.getFunction(r -> r.functionName("one")).configuration().functionArn())
        .isEqualTo("arn:aws:lambda:us-east-1:000000000000:function:one");
    assertThat(lambda.getFunctionConfiguration(r -> r.functionName("two")).version())
        .isEqualTo("$LATEST");
    assertCode("ResourceNotFoundException", () -> lambda.getFunction(r -> r.functionName("three")));
    assertThat(lambda.listEventSourceMappings().eventSourceMappings()).isEmpty();
  }

  @Test
  void thereIsNoQualifierButTheLatest() {
    register("echo", payload -> payload);

    assertThat(lambda.invoke(r -> r.functionName("echo").qualifier("$LATEST")).statusCode())
        .isEqualTo(200);
    for (String qualifier : List.of("live", "1")) {
      assertCode(
          "ResourceNotFoundException",
          () -> lambda.invoke(r -> r.functionName("echo").qualifier(qualifier)));
      assertCode(
          "ResourceNotFoundException",
          () -> lambda.invoke(r -> r.functionName("echo:" + qualifier)));
      assertCode(
          "ResourceNotFoundException",
          () -> lambda.getFunction(r -> r.functionName("echo").qualifier(qualifier)));
    }
    assertCode(
        "InvalidParameterValueException",
        () -> lambda.invoke(r -> r.functionName("echo:1").qualifier("$LATEST")));
  }

  @Test
  void theTailOfTheLogComesOnDemand() {
    server.register(
        "talks",
        new LocalFunction() {
          @Override
          public byte[] invoke(byte[] payload, Duration timeout) {
            return payload;
          }

          @Override
          public byte[] invoke(byte[] payload, Duration timeout, Consumer<String> lines) {
            lines.accept("early".repeat(2000));
            lines.accept("late");
            return payload;
          }
        },
        Duration.ofSeconds(5));

    assertThat(lambda.invoke(r -> r.functionName("talks")).logResult()).isNull();
    byte[] log =
        Base64.getDecoder()
            .decode(lambda.invoke(r -> r.functionName("talks").logType(LogType.TAIL)).logResult());

    assertThat(new String(log, StandardCharsets.UTF_8))
        .contains("early\nlate\nEND RequestId: ")
        .contains("REPORT RequestId: ");
    assertThat(log).hasSizeLessThanOrEqualTo(4096);
  }

  private void register(String name, InProcessFunction.Handler handler) {
    server.register(name, new InProcessFunction(handler), Patience.LIMIT);
  }

  private InvokeResponse invoke(String name, String payload) {
    return lambda.invoke(request ->
        request.functionName(name).payload(SdkBytes.fromString(payload, StandardCharsets.UTF_8)));
  }
}
