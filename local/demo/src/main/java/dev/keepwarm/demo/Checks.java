package dev.keepwarm.demo;

import dev.keepwarm.core.KeepwarmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The results of the demo's checks. Not thread-safe. */
final class Checks {
  private final List<Check> checks = new ArrayList<>();

  /**
   * One check.
   *
   * @param detail counts and codes, never content
   * @param lookAt where to look if it does not hold; null if it holds
   */
  record Check(String name, boolean ok, String detail, @Nullable String lookAt) {
    Map<String, Object> toJson() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("name", name);
      json.put("ok", ok);
      json.put("detail", detail);
      if (lookAt != null) {
        json.put("lookAt", lookAt);
      }
      return json;
    }
  }

  /** A part of the demo. */
  @FunctionalInterface
  interface Part {
    void run() throws InterruptedException;
  }

  /**
   * Adds a check.
   *
   * @param lookAt where to look if it does not hold
   */
  void add(String name, boolean ok, String detail, String lookAt) {
    checks.add(new Check(name, ok, detail, ok ? null : lookAt));
  }

  /**
   * Runs a part. An error becomes a failed check, and the demo continues, so that its report has
   * the results of the other parts.
   *
   * @return whether the part ran to its end
   */
  boolean run(String part, Part body) throws InterruptedException {
    try {
      body.run();
      return true;
    } catch (KeepwarmException e) {
      add(part + " went through", false, String.valueOf(e.getMessage()), LookAt.LOG);
    } catch (RuntimeException e) {
      // The message is not printed: it comes from the SDK or Java, and may contain a secret.
      add(part + " went through", false, e.getClass().getSimpleName(), LookAt.LOG);
    }
    return false;
  }

  boolean allOk() {
    return checks.stream().allMatch(Check::ok);
  }

  List<Check> all() {
    return List.copyOf(checks);
  }
}
