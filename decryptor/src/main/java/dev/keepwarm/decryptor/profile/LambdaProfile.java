package dev.keepwarm.decryptor.profile;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The {@code lambda} scheme: an existing function decodes. Immutable.
 *
 * @param function name or ARN
 * @param request the request for the function
 * @param pointer where the credential is in its answer
 * @param base64 whether the answer holds the credential's bytes in base64 instead of its text
 * @param timeout how long one call may take
 * @param parallel how many calls one decryptor process has in flight at most
 * @param undecodableErrors the function's errors that mean that an original cannot be decoded; all
 *     others are transient
 */
record LambdaProfile(
    String function,
    RequestTemplate request,
    JsonPointer pointer,
    boolean base64,
    Duration timeout,
    int parallel,
    Set<String> undecodableErrors)
    implements Profiles.Profile {

  /** A name, a partial ARN or an ARN, each with or without a qualifier. */
  private static final Pattern FUNCTION =
      Pattern.compile(
          "(arn:aws[a-z-]*:lambda:[a-z0-9-]+:)?(\\d{12}:)?(function:)?[A-Za-z0-9_-]{1,140}"
              + "(:[$A-Za-z0-9_-]+)?");

  /** Less than the 30 s after which an idle connection is closed. */
  private static final int MAX_TIMEOUT_MILLIS = 25_000;

  LambdaProfile {
    undecodableErrors = Set.copyOf(undecodableErrors);
  }

  static LambdaProfile parse(ProfileFields fields) {
    fields.refuseUnknown(
        Set.of(
            "scheme",
            "function",
            "request",
            "pointer",
            "encoding",
            "timeoutMillis",
            "parallel",
            "undecodableErrors"));
    String function = fields.text("function", "the name or ARN of a function");
    if (!FUNCTION.matcher(function).matches()) {
      throw fields.invalid("function", "must be the name or ARN of a function");
    }
    JsonPointer pointer = JsonPointer.parse(fields.text("pointer", "", "a JSON pointer"));
    if (pointer == null) {
      throw fields.invalid("pointer", "must be a JSON pointer, such as /plaintext");
    }
    return new LambdaProfile(
        function,
        request(fields),
        pointer,
        fields.choice("encoding", "text", List.of("text", "base64")).equals("base64"),
        Duration.ofMillis(fields.integer("timeoutMillis", 10_000, 100, MAX_TIMEOUT_MILLIS)),
        fields.integer("parallel", 10, 1, 1000),
        fields.texts("undecodableErrors"));
  }

  private static RequestTemplate request(ProfileFields fields) {
    if (!fields.has("request")) {
      return RequestTemplate.DEFAULT;
    }
    RequestTemplate request = new RequestTemplate(fields.value("request"));
    if (!request.isKnown()) {
      throw fields.invalid(
          "request",
          "has an unknown placeholder: allowed are ${ciphertext}, ${tenant}, ${name} and ${version}");
    }
    if (!request.hasCiphertext()) {
      throw fields.invalid("request", "must contain the placeholder ${ciphertext}");
    }
    return request;
  }
}
