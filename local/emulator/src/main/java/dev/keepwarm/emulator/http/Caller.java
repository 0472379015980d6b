package dev.keepwarm.emulator.http;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The caller of a request. The account is always the same; the region comes from the credential
 * scope of the signature. Signatures are required but not verified.
 */
public record Caller(String region) {
  /** The only account. */
  public static final String ACCOUNT = "000000000000";

  /** The caller for requests of the stack itself. */
  public static final Caller LOCAL = new Caller("us-east-1");

  private static final Pattern CREDENTIAL =
      Pattern.compile("Credential=[^/,\\s]+/\\d{8}/([a-z0-9-]+)/[a-z0-9-]+/aws4_request");
  private static final String DEFAULT_REGION = "us-east-1";

  /**
   * @param missingStatus the HTTP status this service uses for an unsigned request
   * @throws AwsException if there is no signature
   */
  public static Caller of(LoopbackServer.Request request, int missingStatus) {
    String authorization =
        request
            .header("Authorization")
            .filter(value -> value.startsWith("AWS4-"))
            .orElseThrow(() ->
                new AwsException(
                    missingStatus,
                    "MissingAuthenticationTokenException",
                    "Missing Authentication Token"));
    Matcher credential = CREDENTIAL.matcher(authorization);
    return new Caller(credential.find() ? credential.group(1) : DEFAULT_REGION);
  }

  public String arn(String service, String resource) {
    return "arn:aws:" + service + ":" + region + ":" + ACCOUNT + ":" + resource;
  }
}
