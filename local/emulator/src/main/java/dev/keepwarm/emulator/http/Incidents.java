package dev.keepwarm.emulator.http;

import java.util.Map;

/**
 * Is told of what goes wrong in the embedded services and what no caller's answer says. Never given
 * content. Implementations are thread-safe and throw nothing.
 */
@FunctionalInterface
public interface Incidents {
  /** Nobody listens. */
  Incidents NONE = (event, code, fields) -> {};

  /**
   * Something happened.
   *
   * @param event what, in a few words that are always the same
   * @param code a stable code of capital letters and underscores
   * @param fields more about it: names and reasons
   */
  void report(String event, String code, Map<String, String> fields);
}
