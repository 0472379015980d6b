package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsErrors;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;

/** Invokes the decryptor as a Lambda function. Thread-safe, like the client. */
final class LambdaResolver implements Resolver {
  private final LambdaClient client;
  private final String function;

  /**
   * A resolver that invokes the function with this name.
   *
   * @param client must be thread-safe
   * @param function name or ARN, optionally with a version or an alias
   */
  LambdaResolver(LambdaClient client, String function) {
    this.client = client;
    this.function = function;
  }

  @Override
  public ResolveAnswer resolve(ResolveRequest request) {
    InvokeResponse response;
    try {
      response =
          client.invoke(
              r -> r.functionName(function).payload(SdkBytes.fromUtf8String(request.toJson())));
    } catch (RuntimeException e) {
      throw AwsErrors.translate("cannot invoke function " + function, e);
    }
    if (response.functionError() != null) {
      // The message leaves out the payload, because it is the function's text and may be anything.
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "function " + function + " failed");
    }
    SdkBytes payload = response.payload();
    return ResolveAnswer.parse(payload == null ? "" : payload.asUtf8String());
  }
}
