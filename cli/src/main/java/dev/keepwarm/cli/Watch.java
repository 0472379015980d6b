package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks one question again and again, never twice at a time, and remembers the latest answer. So who
 * does not answer keeps nobody from the answers of others. Thread-safe.
 */
final class Watch<T> {
  /** After how long without an answer that is said, in milliseconds. */
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
   * Asks nothing yet.
   *
   * @param name what is asked, as it is printed
   * @param remark more about it, for people
   * @param everyMillis how long an answer is good for
   */
  Watch(String name, String remark, long everyMillis, Supplier<T> question) {
    this.name = name;
    this.remark = remark;
    this.everyMillis = everyMillis;
    this.question = question;
  }

  /** What is asked. */
  String name() {
    return name;
  }

  /** Asks if it is time. Returns what is done when the answer is there. */
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

  /** What nobody expects to go wrong must not look like the answer before it. */
  private Check<T> ask() {
    try {
      return Check.ask(name, remark, question);
    } catch (RuntimeException e) {
      // Its message is nobody's: it may hold anything.
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

  /** When the latest answer was asked for, in milliseconds since the epoch; null if never. */
  synchronized @Nullable Long answeredAt() {
    return answeredAt;
  }
}
