package dev.keepwarm.emulator.eventbridge;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A rule of an event bus.
 *
 * @param bus the name of its event bus
 * @param pattern a valid event pattern
 * @param targets by id, in the order they were added
 */
record EventRule(
    String name,
    String arn,
    String bus,
    String pattern,
    Optional<String> description,
    boolean enabled,
    Map<String, EventTarget> targets) {

  EventRule with(boolean nowEnabled) {
    return new EventRule(name, arn, bus, pattern, description, nowEnabled, targets);
  }

  EventRule with(Map<String, EventTarget> newTargets) {
    return new EventRule(
        name, arn, bus, pattern, description, enabled, new LinkedHashMap<>(newTargets));
  }
}
