package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hooks that a fake runs around its calls, so that tests can inject faults, interleave other
 * callers' actions, or count. Thread-safe.
 *
 * <p>Hooks run on the caller's thread and outside the fake's lock: a hook may call the same fake.
 * The hooks of such an inner call run too, except those for one call, which are spent before they
 * run.
 */
public final class Hooks {
  private final Map<String, Integer> counts = new HashMap<>();
  private final List<Once> beforeOnce = new ArrayList<>();
  private final List<Once> afterOnce = new ArrayList<>();
  private Consumer<Call> before = call -> {};

  public Hooks() {}

  /**
   * One call of a fake.
   *
   * @param method the name of the method
   * @param tenant the tenant, or empty if the method has none
   * @param name the credential's name; null if the method has none
   */
  public record Call(String method, String tenant, @Nullable String name) {}

  /** Runs {@code hook} before every call from now on, instead of the one that was set before. */
  public synchronized void before(Consumer<Call> hook) {
    before = hook;
  }

  /** Runs {@code hook} before the next call of {@code method}, and only that one. */
  public synchronized void beforeNext(String method, Runnable hook) {
    beforeOnce.add(new Once(method, hook));
  }

  /**
   * Runs {@code hook} after the next call of {@code method} took effect, and only that one: if it
   * throws, the caller does not learn that the call succeeded.
   */
  public synchronized void afterNext(String method, Runnable hook) {
    afterOnce.add(new Once(method, hook));
  }

  /** Lets every call fail with this code until {@link #clear}. */
  public void failWith(ErrorCode code) {
    before(call -> {
      throw new KeepwarmException(code, "injected before " + call.method());
    });
  }

  /** Lets the next call of {@code method} fail before it does anything. */
  public void failNext(String method, ErrorCode code) {
    beforeNext(
        method,
        () -> {
          throw new KeepwarmException(code, "injected before " + method);
        });
  }

  /** Lets the next call of {@code method} fail after it did everything. */
  public void loseNextAnswer(String method, ErrorCode code) {
    afterNext(
        method,
        () -> {
          throw new KeepwarmException(code, "injected after " + method);
        });
  }

  /** Removes all hooks; the counts stay. */
  public synchronized void clear() {
    before = call -> {};
    beforeOnce.clear();
    afterOnce.clear();
  }

  /** How often {@code method} was called, failed calls among them. */
  public synchronized int count(String method) {
    return counts.getOrDefault(method, 0);
  }

  /** How many calls there were, failed ones among them. */
  public synchronized int count() {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** Counts from zero again. */
  public synchronized void resetCounts() {
    counts.clear();
  }

  /** Makes one call of a fake. */
  public <T> T around(Call call, Supplier<T> effect) {
    Consumer<Call> always;
    synchronized (this) {
      counts.merge(call.method(), 1, Integer::sum);
      always = before;
    }
    always.accept(call);
    spend(beforeOnce, call.method());
    T result = effect.get();
    spend(afterOnce, call.method());
    return result;
  }

  private void spend(List<Once> hooks, String method) {
    Runnable found = null;
    synchronized (this) {
      for (Iterator<Once> i = hooks.iterator(); found == null && i.hasNext(); ) {
        Once once = i.next();
        if (once.method().equals(method)) {
          found = once.hook();
          i.remove();
        }
      }
    }
    if (found != null) {
      found.run();
    }
  }

  private record Once(String method, Runnable hook) {}
}
