package dev.keepwarm.emulator.eventbridge;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.event.ruler.Machine;

/** The state of an event bus: immutable, with its rules compiled for matching. */
final class EventBus {
  private final String name;
  private final String arn;
  private final Map<String, EventRule> rules;
  private final Machine machine = new Machine();

  EventBus(String name, String arn, Map<String, EventRule> rules) throws IOException {
    this.name = name;
    this.arn = arn;
    this.rules = new TreeMap<>(rules);
    for (EventRule rule : rules.values()) {
      if (rule.enabled()) {
        machine.addRule(rule.name(), rule.pattern());
      }
    }
  }

  String name() {
    return name;
  }

  String arn() {
    return arn;
  }

  /** By name, sorted. */
  Map<String, EventRule> rules() {
    return rules;
  }

  EventBus with(EventRule rule) throws IOException {
    Map<String, EventRule> changed = new TreeMap<>(rules);
    changed.put(rule.name(), rule);
    return new EventBus(name, arn, changed);
  }

  EventBus without(String rule) throws IOException {
    Map<String, EventRule> changed = new TreeMap<>(rules);
    changed.remove(rule);
    return new EventBus(name, arn, changed);
  }

  /** The enabled rules whose pattern matches. */
  List<EventRule> matching(JsonNode event) {
    return machine.rulesForJSONEvent(event).stream()
        .map(rules::get)
        .filter(rule -> rule != null)
        .toList();
  }
}
