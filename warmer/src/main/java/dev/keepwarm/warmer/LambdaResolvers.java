package dev.keepwarm.warmer;

import dev.keepwarm.core.internal.AwsErrors;
import dev.keepwarm.core.internal.WarmUp;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvocationType;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;

/** The resolver on AWS Lambda. Thread-safe, as the client is. */
final class LambdaResolvers implements Resolvers {
  private final LambdaClient client;
  private final String function;

  /**
   * @param function name or ARN, with the alias that readers invoke, because each alias has its own
   *     instances
   */
  LambdaResolvers(LambdaClient client, String function) {
    this.client = client;
    this.function = function;
  }

  @Override
  public void keepWarm(WarmUp warmUp) {
    try {
      InvokeResponse unused =
          client.invoke(r ->
              r.functionName(function)
                  .invocationType(InvocationType.EVENT)
                  .payload(SdkBytes.fromUtf8String(warmUp.toJson())));
    } catch (RuntimeException e) {
      throw AwsErrors.translate("cannot invoke function " + function, e);
    }
  }
}
