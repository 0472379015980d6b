package dev.keepwarm.emulator.http;

import java.util.Map;

/**
 * Receives failures in the embedded services that no response reports. It never receives content.
 * Implementations are thread-safe and must not throw.
 */
@FunctionalInterface
public interface Incidents {
  /** Ignores all incidents. */
  Incidents NONE = (event, code, fields) -> {};

  /**
   * Reports an incident.
   *
   * @param event a short constant description
   * @param code a stable code of capital letters and underscores
   * @param fields details: names and reasons
   */
  void report(String event, String code, Map<String, String> fields);
}
