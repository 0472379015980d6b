package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Repeats one check, never twice at a time, and remembers the latest answer. So a dependency that
 * does not answer does not delay the others. Thread-safe.
 */
final class Watch<T> {
  /** How long an answer may be missing before that is reported, in milliseconds. */
  static final long SILENCE = 5_000;

  private final String name;
  private final String remark;
  private final long everyMillis;
  private final Supplier<T> question;

  private @Nullable Check<T> latest;
  private @Nullable T latestAnswer;
  private @Nullable CompletableFuture<Void> pending;
  private long askedAt;
  private @Nullable Long answeredAt;

  /**
   * Makes no request yet.
   *
   * @param name the dependency, as printed
   * @param remark more about it, for people
   * @param everyMillis how long an answer stays valid
   */
  Watch(String name, String remark, long everyMillis, Supplier<T> question) {
    this.name = name;
    this.remark = remark;
    this.everyMillis = everyMillis;
    this.question = question;
  }

  /** The dependency, as printed. */
  String name() {
    return name;
  }

  /** Runs the check if it is due. The returned future completes when the answer is there. */
  synchronized CompletableFuture<Void> poke(Executor threads, long now) {
    if (pending != null && !pending.isDone()) {
      return pending;
    }
    if (latest != null && now - askedAt < everyMillis) {
      return CompletableFuture.allOf();
    }
    askedAt = now;
    CompletableFuture<Void> asked = CompletableFuture.runAsync(() -> take(ask(), now), threads);
    pending = asked;
    return asked;
  }

  /** Runs the check. An unexpected exception must not leave the previous answer in place. */
  private Check<T> ask() {
    try {
      return Check.ask(name, remark, question);
    } catch (RuntimeException e) {
      // An unexpected exception's message may hold any content, so it is not shown.
      return Check.failed(
          name,
          remark,
          new KeepwarmException(
              ErrorCode.UNAVAILABLE, "the request failed: " + e.getClass().getSimpleName(), e));
    }
  }

  private synchronized void take(Check<T> check, long at) {
    latest = check;
    if (check.error() == null) {
      latestAnswer = check.answer();
      answeredAt = at;
    }
  }

  /** The latest answer or error. */
  synchronized Check<T> check(long now) {
    boolean silent = pending != null && !pending.isDone() && now - askedAt >= SILENCE;
    if (latest != null && !silent) {
      return latest;
    }
    return silent
        ? Check.failed(
            name,
            remark,
            new KeepwarmException(
                ErrorCode.TIMEOUT, "no answer for " + (now - askedAt) / 1000 + " s"))
        : Check.pending(name, remark);
  }

  /** The latest answer, however old; null if there never was one. */
  synchronized @Nullable T answer() {
    return latestAnswer;
  }

  /** When the latest answer was requested, in milliseconds since the epoch; null if never. */
  synchronized @Nullable Long answeredAt() {
    return answeredAt;
  }
}
