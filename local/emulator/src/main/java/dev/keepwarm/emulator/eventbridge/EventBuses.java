package dev.keepwarm.emulator.eventbridge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keepwarm.emulator.http.AwsException;
import dev.keepwarm.emulator.http.AwsJson;
import dev.keepwarm.emulator.http.Caller;
import dev.keepwarm.emulator.http.Parameters;
import dev.keepwarm.emulator.http.PrivateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All event buses, in memory and, given a file, on disk too. All regions share one set of buses; a
 * region only occurs in ARNs. Thread-safe.
 */
final class EventBuses {
  static final String DEFAULT = "default";

  private final @Nullable Path file;
  private final Map<String, EventBus> buses = new TreeMap<>();

  /**
   * @param file read now if it exists, and written on every change; null keeps nothing
   */
  EventBuses(@Nullable Path file) throws IOException {
    this.file = file;
    if (file != null && Files.exists(file)) {
      read(file);
    }
  }

  /** A change from one state of a bus to the next. */
  @FunctionalInterface
  interface Change {
    EventBus apply(EventBus bus) throws IOException;
  }

  /**
   * @param reference a name or an ARN; {@code default} always exists
   */
  synchronized Optional<EventBus> find(Caller caller, String reference) throws IOException {
    String name = name(reference);
    if (name.equals(DEFAULT) && !buses.containsKey(DEFAULT)) {
      buses.put(DEFAULT, new EventBus(DEFAULT, arn(caller, DEFAULT), Map.of()));
    }
    return Optional.ofNullable(buses.get(name));
  }

  synchronized EventBus get(Caller caller, String reference) throws IOException {
    return find(caller, reference)
        .orElseThrow(() -> notFound("Event bus " + name(reference) + " does not exist."));
  }

  synchronized EventBus add(Caller caller, String name) throws IOException {
    if (find(caller, name).isPresent()) {
      throw new AwsException(
          400, "ResourceAlreadyExistsException", "Event bus " + name + " already exists.");
    }
    EventBus bus = new EventBus(name, arn(caller, name), Map.of());
    buses.put(name, bus);
    save();
    return bus;
  }

  synchronized void remove(Caller caller, String reference) throws IOException {
    String name = name(reference);
    if (name.equals(DEFAULT)) {
      throw AwsException.validation("Cannot delete event bus default.");
    }
    Optional<EventBus> bus = find(caller, name);
    if (bus.isPresent() && !bus.get().rules().isEmpty()) {
      throw AwsException.validation("Event bus " + name + " can't be deleted since it has rules.");
    }
    if (buses.remove(name) != null) {
      save();
    }
  }

  synchronized void change(Caller caller, String reference, Change change) throws IOException {
    EventBus bus = get(caller, reference);
    buses.put(bus.name(), change.apply(bus));
    save();
  }

  synchronized List<EventBus> all(Caller caller) throws IOException {
    get(caller, DEFAULT);
    return List.copyOf(buses.values());
  }

  static AwsException notFound(String message) {
    return new AwsException(400, "ResourceNotFoundException", message);
  }

  private static String name(String reference) {
    return reference.substring(reference.lastIndexOf('/') + 1);
  }

  private static String arn(Caller caller, String name) {
    return caller.arn("events", "event-bus/" + name);
  }

  private void save() throws IOException {
    if (file == null) {
      return;
    }
    ObjectNode root = AwsJson.JSON.createObjectNode();
    for (EventBus bus : buses.values()) {
      ObjectNode busNode = root.putObject(bus.name()).put("arn", bus.arn());
      ObjectNode rulesNode = busNode.putObject("rules");
      for (EventRule rule : bus.rules().values()) {
        ObjectNode ruleNode =
            rulesNode
                .putObject(rule.name())
                .put("arn", rule.arn())
                .put("pattern", rule.pattern())
                .put("enabled", rule.enabled());
        rule.description().ifPresent(text -> ruleNode.put("description", text));
        var targets = ruleNode.putArray("targets");
        rule.targets().values().forEach(target -> targets.add(target.source()));
      }
    }
    PrivateFile.write(file, AwsJson.JSON.writeValueAsBytes(root));
  }

  private void read(Path from) throws IOException {
    JsonNode root = AwsJson.JSON.readTree(Files.readAllBytes(from));
    for (Map.Entry<String, JsonNode> bus : root.properties()) {
      Map<String, EventRule> rules = new TreeMap<>();
      for (Map.Entry<String, JsonNode> rule : bus.getValue().path("rules").properties()) {
        rules.put(rule.getKey(), rule(rule.getKey(), bus.getKey(), rule.getValue()));
      }
      buses.put(
          bus.getKey(), new EventBus(bus.getKey(), bus.getValue().path("arn").textValue(), rules));
    }
  }

  private static EventRule rule(String name, String bus, JsonNode node) {
    Map<String, EventTarget> targets = new LinkedHashMap<>();
    for (JsonNode target : node.path("targets")) {
      EventTarget parsed = EventTarget.of(new Parameters((ObjectNode) target));
      targets.put(parsed.id(), parsed);
    }
    return new EventRule(
        name,
        node.path("arn").textValue(),
        bus,
        node.path("pattern").textValue(),
        Optional.ofNullable(node.path("description").textValue()),
        node.path("enabled").booleanValue(),
        targets);
  }
}
