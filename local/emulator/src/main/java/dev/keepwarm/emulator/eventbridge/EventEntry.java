package dev.keepwarm.emulator.eventbridge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keepwarm.emulator.http.AwsJson;
import dev.keepwarm.emulator.http.Caller;
import dev.keepwarm.emulator.http.Parameters;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;

/** One entry of a PutEvents request. */
record EventEntry(Parameters in) {
  private static final int TIME_BYTES = 14;

  /** What becomes of an entry: an event, or a refusal with a code. */
  sealed interface Outcome {
    /** The event as rules match it. */
    record Event(String id, ObjectNode envelope) implements Outcome {}

    /** The refusal of this entry; the other entries are not affected. */
    record Refused(String code, String message) implements Outcome {}
  }

  /** The entry's size in bytes, as EventBridge counts it. */
  long size() {
    long size = in.has("Time") ? TIME_BYTES : 0;
    for (String name : new String[] {"Source", "DetailType", "Detail"}) {
      size += length(in.optionalText(name).orElse(""));
    }
    if (in.has("Resources")) {
      for (String resource : in.texts("Resources")) {
        size += length(resource);
      }
    }
    return size;
  }

  String bus() {
    return in.optionalText("EventBusName").orElse(EventBuses.DEFAULT);
  }

  Outcome event(Caller caller, Instant now) {
    for (String name : new String[] {"Source", "DetailType", "Detail"}) {
      if (in.optionalText(name).filter(text -> !text.isEmpty()).isEmpty()) {
        return new Outcome.Refused(
            "InvalidArgument",
            "Parameter " + name + " is not valid. Reason: " + name + " is a required argument.");
      }
    }
    if (in.text("Source").startsWith("aws.")) {
      return new Outcome.Refused(
          "NotAuthorizedForSourceException", "Not authorized for the source.");
    }
    Optional<JsonNode> detail = detail();
    if (detail.isEmpty()) {
      return new Outcome.Refused("MalformedDetail", "Detail is malformed.");
    }
    Optional<Instant> time = time(now);
    if (time.isEmpty()) {
      return new Outcome.Refused(
          "InvalidArgument", "Parameter Time is not valid. Reason: Time is not a time.");
    }
    String id = UUID.randomUUID().toString();
    ObjectNode envelope = AwsJson.JSON.createObjectNode();
    envelope.put("version", "0");
    envelope.put("id", id);
    envelope.put("detail-type", in.text("DetailType"));
    envelope.put("source", in.text("Source"));
    envelope.put("account", Caller.ACCOUNT);
    envelope.put("time", time.get().truncatedTo(ChronoUnit.SECONDS).toString());
    envelope.put("region", caller.region());
    ArrayNode resources = envelope.putArray("resources");
    if (in.has("Resources")) {
      in.texts("Resources").forEach(resources::add);
    }
    envelope.set("detail", detail.get());
    return new Outcome.Event(id, envelope);
  }

  private Optional<JsonNode> detail() {
    try {
      return Optional.of(AwsJson.JSON.readTree(in.text("Detail"))).filter(JsonNode::isObject);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** JSON 1.1 sends seconds since the epoch. */
  private Optional<Instant> time(Instant now) {
    JsonNode time = in.json().path("Time");
    if (time.isMissingNode() || time.isNull()) {
      return Optional.of(now);
    }
    try {
      return time.isNumber()
          ? Optional.of(Instant.ofEpochMilli(Math.round(time.doubleValue() * 1000)))
          : Optional.of(Instant.parse(time.asText()));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static int length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
