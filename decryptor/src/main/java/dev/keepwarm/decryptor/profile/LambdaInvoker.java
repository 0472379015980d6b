package dev.keepwarm.decryptor.profile;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsErrors;
import dev.keepwarm.core.internal.Json;
import java.time.Duration;
import java.util.regex.Pattern;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvokeRequest;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;

/** AWS Lambda. Thread-safe, as the client is. */
public final class LambdaInvoker implements FunctionInvoker {
  /** Class names of any language. An error type that is not one may be content, and is dropped. */
  private static final Pattern TYPE = Pattern.compile("[A-Za-z_$][A-Za-z0-9_$.+`:]{0,127}");

  private final LambdaClient client;

  /** Invokes with this client. Each call overrides the client's timeouts. */
  public LambdaInvoker(LambdaClient client) {
    this.client = client;
  }

  @Override
  public Answer invoke(String function, byte[] request, Duration timeout) {
    InvokeRequest invocation =
        InvokeRequest.builder()
            .functionName(function)
            .payload(SdkBytes.fromByteArrayUnsafe(request))
            .overrideConfiguration(c -> c.apiCallTimeout(timeout).apiCallAttemptTimeout(timeout))
            .build();
    InvokeResponse response;
    try {
      response = client.invoke(invocation);
    } catch (RuntimeException e) {
      throw AwsErrors.translate("cannot invoke function " + function, e);
    }
    byte[] payload = response.payload() == null ? new byte[0] : response.payload().asByteArray();
    return response.functionError() == null
        ? new Returned(payload)
        : new Failed(errorType(SdkBytes.fromByteArrayUnsafe(payload).asUtf8String()));
  }

  private static String errorType(String payload) {
    try {
      if (Json.parseObject(payload).get("errorType") instanceof String type
          && TYPE.matcher(type).matches()) {
        return type;
      }
    } catch (KeepwarmException e) {
      // An answer that cannot be parsed does not name the error.
    }
    return Failed.UNNAMED;
  }
}
