package dev.keepwarm.local;

import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import java.util.concurrent.TimeUnit;

/**
 * The Lambda context of an invocation in this process.
 *
 * @param endNanos when the invocation times out, by {@link System#nanoTime}
 */
record LocalContext(long endNanos) implements Context {
  @Override
  public int getRemainingTimeInMillis() {
    return (int) Math.max(0, TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime()));
  }

  @Override
  public String getAwsRequestId() {
    return "local";
  }

  @Override
  public String getLogGroupName() {
    return "local";
  }

  @Override
  public String getLogStreamName() {
    return "local";
  }

  @Override
  public String getFunctionName() {
    return "local";
  }

  @Override
  public String getFunctionVersion() {
    return "$LATEST";
  }

  @Override
  public String getInvokedFunctionArn() {
    return "local";
  }

  @Override
  public CognitoIdentity getIdentity() {
    throw new UnsupportedOperationException("no function of Keepwarm has an identity pool");
  }

  @Override
  public ClientContext getClientContext() {
    throw new UnsupportedOperationException("no function of Keepwarm is called by a mobile app");
  }

  @Override
  public int getMemoryLimitInMB() {
    return 1024;
  }

  @Override
  public LambdaLogger getLogger() {
    throw new UnsupportedOperationException("the functions of Keepwarm print their own lines");
  }
}
