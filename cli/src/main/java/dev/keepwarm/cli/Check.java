package dev.keepwarm.cli;

import dev.keepwarm.core.KeepwarmException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What came of asking one thing that Keepwarm depends on.
 *
 * @param name what was asked, as it is printed
 * @param remark more about it, for people
 * @param answer what it said; null if there is an error
 * @param error why it did not answer; null if it did
 */
record Check<T>(String name, String remark, @Nullable T answer, @Nullable KeepwarmException error) {
  /** Asks; whatever goes wrong is part of the answer. */
  static <T> Check<T> ask(String name, String remark, Supplier<T> question) {
    try {
      return new Check<>(name, remark, question.get(), null);
    } catch (KeepwarmException e) {
      return new Check<>(name, remark, null, e);
    }
  }

  /** Whether it answered. */
  boolean ok() {
    return error == null;
  }

  /** {@code ok}, or the error's code. */
  String state() {
    return error == null ? "ok" : error.code().name();
  }

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("name", name);
    json.put("ok", ok());
    json.put("code", error == null ? null : error.code().name());
    json.put("reason", error == null ? null : error.getMessage());
    return json;
  }
}
