package dev.keepwarm.emulator.lambda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keepwarm.emulator.http.AwsJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

/** The JSON of requests and responses between a queue's event source mapping and its function. */
final class SqsEvents {
  private SqsEvents() {}

  static byte[] payload(String queueArn, List<Message> messages) {
    ObjectNode event = AwsJson.JSON.createObjectNode();
    ArrayNode records = event.putArray("Records");
    for (Message message : messages) {
      ObjectNode record = records.addObject();
      record.put("messageId", message.messageId());
      record.put("receiptHandle", message.receiptHandle());
      record.put("body", message.body());
      ObjectNode attributes = record.putObject("attributes");
      message.attributesAsStrings().forEach(attributes::put);
      ObjectNode messageAttributes = record.putObject("messageAttributes");
      message
          .messageAttributes()
          .forEach((name, value) -> put(messageAttributes.putObject(name), value));
      record.put("md5OfBody", message.md5OfBody());
      record.put("eventSource", "aws:sqs");
      record.put("eventSourceARN", queueArn);
      record.put("awsRegion", queueArn.split(":", -1)[3]);
    }
    try {
      return AwsJson.JSON.writeValueAsBytes(event);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The messages that the function's response does not name as failed.
   *
   * @throws FunctionException if the response is malformed, which fails the whole batch: not an
   *     object, or an item without an id or with an unknown id
   */
  static List<Message> succeeded(List<Message> batch, byte[] answer) throws FunctionException {
    Map<String, Message> byId =
        batch.stream().collect(Collectors.toMap(Message::messageId, message -> message));
    Set<String> failed = new HashSet<>();
    for (JsonNode item : failures(answer)) {
      JsonNode id = item.path("itemIdentifier");
      if (!id.isTextual() || !byId.containsKey(id.textValue())) {
        throw malformed();
      }
      failed.add(id.textValue());
    }
    return batch.stream().filter(message -> !failed.contains(message.messageId())).toList();
  }

  /** Empty if the response is empty, null or an object without failures. */
  private static Iterable<JsonNode> failures(byte[] answer) throws FunctionException {
    JsonNode parsed;
    try {
      parsed = AwsJson.JSON.readTree(answer);
    } catch (IOException e) {
      throw malformed();
    }
    if (parsed.isMissingNode() || parsed.isNull()) {
      return List.of();
    }
    JsonNode failures = parsed.path("batchItemFailures");
    if (!parsed.isObject()
        || !(failures.isArray() || failures.isMissingNode() || failures.isNull())) {
      throw malformed();
    }
    return failures;
  }

  private static FunctionException malformed() {
    return FunctionException.of(
        "MalformedBatchResponse", "The response is not a partial batch response");
  }

  private static void put(ObjectNode node, MessageAttributeValue value) {
    if (value.stringValue() != null) {
      node.put("stringValue", value.stringValue());
    }
    if (value.binaryValue() != null) {
      node.put(
          "binaryValue", Base64.getEncoder().encodeToString(value.binaryValue().asByteArray()));
    }
    node.putArray("stringListValues");
    node.putArray("binaryListValues");
    node.put("dataType", value.dataType());
  }
}
