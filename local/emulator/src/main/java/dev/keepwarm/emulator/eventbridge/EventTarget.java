package dev.keepwarm.emulator.eventbridge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keepwarm.emulator.http.AwsException;
import dev.keepwarm.emulator.http.AwsJson;
import dev.keepwarm.emulator.http.Parameters;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A target to which a rule sends the events that it matches.
 *
 * @param input constant JSON sent instead of the event
 * @param inputPath the part of the event that is sent, {@code $.a.b}
 * @param maximumRetries how often a delivery is retried before the dead-letter queue
 * @param source the target's JSON in the request
 */
record EventTarget(
    String id,
    String arn,
    Optional<String> input,
    Optional<String> inputPath,
    Optional<String> messageGroupId,
    Optional<String> deadLetterQueueArn,
    int maximumRetries,
    ObjectNode source) {
  private static final int MOST_RETRIES_HERE = 3;
  private static final Pattern ID = Pattern.compile("[.\\-_A-Za-z0-9]{1,64}");
  private static final Pattern QUEUE =
      Pattern.compile("arn:aws[a-z-]*:sqs:[a-z0-9-]+:\\d{12}:([A-Za-z0-9_.-]+)");
  private static final Pattern FUNCTION =
      Pattern.compile("arn:aws[a-z-]*:lambda:[a-z0-9-]+:\\d{12}:function:[A-Za-z0-9_:$-]+");
  private static final Pattern PATH = Pattern.compile("\\$(\\.[A-Za-z0-9_-]+)*");

  /** Parameters that would change the delivery, and that this endpoint does not support. */
  private static final List<String> REFUSED =
      List.of(
          "InputTransformer",
          "KinesisParameters",
          "RunCommandParameters",
          "EcsParameters",
          "BatchParameters",
          "HttpParameters",
          "RedshiftDataParameters",
          "SageMakerPipelineParameters",
          "AppSyncParameters");

  /**
   * @throws AwsException if the target is not valid or is of a kind that this endpoint does not
   *     support
   */
  static EventTarget of(Parameters in) {
    String id = in.text("Id");
    if (!ID.matcher(id).matches()) {
      throw AwsException.validation("A target's Id has 1 to 64 letters, digits, . - _");
    }
    String arn = in.text("Arn");
    if (!isQueue(arn) && !FUNCTION.matcher(arn).matches()) {
      throw AwsException.validation(
          "Parameter Arn is not valid. Reason: the embedded stack delivers to SQS queues and Lambda"
              + " functions only.");
    }
    for (String name : REFUSED) {
      if (in.has(name)) {
        throw AwsException.validation("The embedded stack does not support " + name + ".");
      }
    }
    Optional<String> deadLetterQueue =
        in.object("DeadLetterConfig").flatMap(config -> config.optionalText("Arn"));
    if (deadLetterQueue.isPresent() && !isQueue(deadLetterQueue.get())) {
      throw AwsException.validation("A DeadLetterConfig names an SQS queue by ARN.");
    }
    return new EventTarget(
        id,
        arn,
        in.optionalText("Input").map(EventTarget::requireJson),
        in.optionalText("InputPath").map(EventTarget::requirePath),
        in.object("SqsParameters").flatMap(sqs -> sqs.optionalText("MessageGroupId")),
        deadLetterQueue,
        Math.min(
            MOST_RETRIES_HERE,
            in.object("RetryPolicy")
                .map(policy -> policy.integer("MaximumRetryAttempts").orElse(MOST_RETRIES_HERE))
                .orElse(MOST_RETRIES_HERE)),
        in.json());
  }

  boolean isQueue() {
    return isQueue(arn);
  }

  /** The payload to send for this event. */
  String body(JsonNode event) {
    if (input.isPresent()) {
      return input.get();
    }
    JsonNode part = event;
    for (String name : inputPath.orElse("$").split("\\.", -1)) {
      part = name.equals("$") ? part : part.path(name);
    }
    return part.isMissingNode() ? "null" : part.toString();
  }

  private static boolean isQueue(String arn) {
    return QUEUE.matcher(arn).matches();
  }

  private static String requireJson(String input) {
    try {
      AwsJson.JSON.readTree(input);
      return input;
    } catch (JsonProcessingException e) {
      throw AwsException.validation("A target's Input must be JSON.");
    }
  }

  private static String requirePath(String path) {
    if (!PATH.matcher(path).matches()) {
      throw AwsException.validation("The embedded stack takes an InputPath such as $.detail.name.");
    }
    return path;
  }
}
