package dev.keepwarm.cli;

import dev.keepwarm.core.KeepwarmException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The result of checking one dependency of Keepwarm.
 *
 * @param name the dependency, as printed
 * @param remark more about it, for people
 * @param pending whether it has neither answered nor failed yet
 * @param answer its answer; null if there is an error, or no answer yet
 * @param error why it did not answer; null if it did, or may still do so
 */
record Check<T>(
    String name,
    String remark,
    boolean pending,
    @Nullable T answer,
    @Nullable KeepwarmException error) {
  /** Runs the check. An error is part of the result. */
  static <T> Check<T> ask(String name, String remark, Supplier<T> question) {
    try {
      return new Check<>(name, remark, false, question.get(), null);
    } catch (KeepwarmException e) {
      return failed(name, remark, e);
    }
  }

  /** A check that has no answer yet. */
  static <T> Check<T> pending(String name, String remark) {
    return new Check<>(name, remark, true, null, null);
  }

  /** A check that failed. */
  static <T> Check<T> failed(String name, String remark, KeepwarmException error) {
    return new Check<>(name, remark, false, null, error);
  }

  /** The same result with another answer, if it has one. */
  <U> Check<U> with(@Nullable U other) {
    return new Check<>(name, remark, pending, error == null ? other : null, error);
  }

  /** Whether it answered. */
  boolean ok() {
    return !pending && error == null;
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
