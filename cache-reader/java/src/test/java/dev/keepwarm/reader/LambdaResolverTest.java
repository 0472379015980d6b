package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvokeRequest;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;
import software.amazon.awssdk.services.lambda.model.LambdaException;

class LambdaResolverTest {
  private static final ResolveRequest REQUEST = new ResolveRequest("acme", "bank", 4L);

  private final List<InvokeRequest> invocations = new ArrayList<>();

  @Test
  void invokesTheFunction() {
    try (ReaderWorld world = new ReaderWorld()) {
      ResolveAnswer answer = new ResolveAnswer.Resolved(List.of(world.ready(BANK, 5, "value")));
      assertThat(resolver(() -> payload(answer.toJson())).resolve(REQUEST)).isEqualTo(answer);
    }
    assertThat(invocations)
        .singleElement()
        .satisfies(invocation -> {
          assertThat(invocation.functionName()).isEqualTo("resolver:live");
          assertThat(ResolveRequest.parse(invocation.payload().asUtf8String())).isEqualTo(REQUEST);
        });
  }

  @Test
  void aFunctionThatFailedIsUnavailableAndItsWordsAreNotRepeated() {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() ->
            resolver(() ->
                    payload("{\"errorMessage\": \"secret\"}").toBuilder()
                        .functionError("Unhandled")
                        .build())
                .resolve(REQUEST))
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
        .withMessageContaining("resolver:live")
        .withMessageNotContaining("secret");
  }

  @Test
  void whatIsNoAnswerIsUnavailable() {
    for (String text : new String[] {"", "null", "[]", "{}", "{\"entries\": 1}"}) {
      assertFails(ErrorCode.UNAVAILABLE, () -> resolver(() -> payload(text)).resolve(REQUEST));
    }
    assertFails(
        ErrorCode.UNAVAILABLE,
        () -> resolver(() -> InvokeResponse.builder().build()).resolve(REQUEST));
  }

  @Test
  void whatIsNoEntryIsTampered() {
    assertFails(
        ErrorCode.TAMPERED,
        () ->
            resolver(() -> payload("{\"entries\": [{\"tenant\": {\"S\": \"acme\"}}]}"))
                .resolve(REQUEST));
  }

  @Test
  void saysHowTheCallFailed() {
    assertFails(ErrorCode.UNAVAILABLE, () -> failing("TooManyRequestsException", 429));
    assertFails(ErrorCode.UNAVAILABLE, () -> failing("ResourceNotFoundException", 404));
    assertFails(ErrorCode.DENIED, () -> failing("AccessDeniedException", 403));
    assertFails(
        ErrorCode.UNAVAILABLE,
        () ->
            resolver(
                    () -> {
                      throw SdkClientException.create("reset");
                    })
                .resolve(REQUEST));
  }

  @Test
  void aReaderSharesItsFateWithinTheDeadline() {
    try (ReaderWorld world = new ReaderWorld();
        KeepwarmReader reader =
            world
                .builder()
                .resolver(resolver(() -> payload("{}")))
                .deadline(Duration.ofSeconds(1))
                .build()) {
      assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
    }
  }

  private ResolveAnswer failing(String code, int status) {
    return resolver(
            () -> {
              throw LambdaException.builder()
                  .statusCode(status)
                  .awsErrorDetails(AwsErrorDetails.builder().errorCode(code).build())
                  .build();
            })
        .resolve(REQUEST);
  }

  private static InvokeResponse payload(String text) {
    return InvokeResponse.builder().payload(SdkBytes.fromUtf8String(text)).build();
  }

  private Resolver resolver(Supplier<InvokeResponse> response) {
    LambdaClient client =
        new LambdaClient() {
          @Override
          public InvokeResponse invoke(InvokeRequest request) {
            invocations.add(request);
            return response.get();
          }

          @Override
          public String serviceName() {
            return "lambda";
          }

          @Override
          public void close() {}
        };
    return new LambdaResolver(client, "resolver:live");
  }
}
