package dev.keepwarm.local.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the demo found to be so or not. Not thread-safe. */
final class Checks {
  private final List<Check> checks = new ArrayList<>();

  /** One check; {@code detail} has counts, never content. */
  record Check(String name, boolean ok, String detail) {
    Map<String, Object> toJson() {
      return Map.of("name", name, "ok", ok, "detail", detail);
    }
  }

  void add(String name, boolean ok, String detail) {
    checks.add(new Check(name, ok, detail));
  }

  boolean allOk() {
    return checks.stream().allMatch(Check::ok);
  }

  List<Check> all() {
    return List.copyOf(checks);
  }
}
