package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;

final class AwsErrorsTest {
  @ParameterizedTest
  @CsvSource({
    "AccessDeniedException, 400, DENIED",
    "UnrecognizedClientException, 400, DENIED",
    "InvalidSignatureException, 400, DENIED",
    "IncompleteSignature, 400, DENIED",
    "MissingAuthenticationToken, 403, DENIED",
    "ExpiredTokenException, 400, DENIED",
    "SomethingNew, 403, DENIED",
    "ProvisionedThroughputExceededException, 400, UNAVAILABLE",
    "ThrottlingException, 400, UNAVAILABLE",
    "ResourceNotFoundException, 400, UNAVAILABLE",
    "ValidationException, 400, UNAVAILABLE",
    "InternalServerError, 500, UNAVAILABLE",
    "DisabledException, 400, UNAVAILABLE",
    ", 502, UNAVAILABLE"
  })
  void tellsARefusalFromAnOutage(@Nullable String awsCode, int status, ErrorCode code) {
    RuntimeException error =
        DynamoDbException.builder()
            .statusCode(status)
            .awsErrorDetails(
                awsCode == null ? null : AwsErrorDetails.builder().errorCode(awsCode).build())
            .build();

    KeepwarmException translated = AwsErrors.translate("cannot read table t", error);

    assertThat(translated.code()).isEqualTo(code);
    assertThat(translated)
        .hasMessage(
            code + ": cannot read table t: " + (awsCode == null ? "HTTP " + status : awsCode))
        .hasCause(error);
  }

  @Test
  void tellsATimeout() {
    assertThat(translate(ApiCallTimeoutException.create(100)).code()).isEqualTo(ErrorCode.TIMEOUT);
    assertThat(translate(ApiCallAttemptTimeoutException.create(100)).code())
        .isEqualTo(ErrorCode.TIMEOUT);
    assertThat(translate(AbortedException.create("interrupted")).code())
        .isEqualTo(ErrorCode.TIMEOUT);
  }

  @Test
  void tellsMissingCredentialsFromAnUnreachableEndpoint() {
    assertThat(translate(SdkClientException.create("Unable to load credentials from any of...")))
        .hasMessageEndingWith("no AWS credentials found")
        .returns(ErrorCode.DENIED, KeepwarmException::code);
    assertThat(translate(SdkClientException.create("Connect to 127.0.0.1 failed")))
        .hasMessageEndingWith("no answer")
        .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code);
  }

  @Test
  void repeatsOnlyTheKindOfWhatItDoesNotKnow() {
    assertThat(translate(new IllegalStateException("s3cret")))
        .hasMessage("UNAVAILABLE: cannot x: IllegalStateException");
  }

  @Test
  void leavesItsOwnAsTheyAre() {
    KeepwarmException own = new KeepwarmException(ErrorCode.TAMPERED, "an entry");

    assertThat(translate(own)).isSameAs(own);
  }

  private static KeepwarmException translate(RuntimeException error) {
    return AwsErrors.translate("cannot x", error);
  }
}
