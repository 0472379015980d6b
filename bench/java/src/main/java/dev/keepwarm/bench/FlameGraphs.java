package dev.keepwarm.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import one.profiler.AsyncProfiler;
import one.profiler.Counter;

/**
 * Profiles work with async-profiler: the CPU time of all threads of this process, and the
 * allocations. Makes a flame graph of each, and a table of shares. Not thread-safe.
 */
public final class FlameGraphs {
  private static final String REST = "the rest";

  private final Run run;
  private final Result result;

  /** Flame graphs in a result. */
  public FlameGraphs(Run run, Result result) {
    this.run = run;
    this.result = result;
  }

  /**
   * Profiles one kind of work, which should be warm already; says in a note if this system cannot.
   *
   * @param id the id of the table, and the start of the flame graphs' ids
   * @param title of the table
   * @param parts for each name in the table, a text that a frame of its stacks contains; a stack
   *     counts for the first part that matches
   * @param work runs repeatedly
   */
  public void of(String id, String title, Map<String, String> parts, Runnable work)
      throws IOException {
    AsyncProfiler profiler;
    try {
      profiler = AsyncProfiler.getInstance();
    } catch (IllegalStateException | UnsatisfiedLinkError e) {
      result.note("There are no flame graphs: async-profiler does not run on this system.");
      return;
    }
    // With the process's timer, because a timer per thread misses threads that end before it fires.
    List<Stack> cpu = profile(profiler, "event=itimer,interval=1ms", Counter.SAMPLES, work);
    List<Stack> allocation = profile(profiler, "event=alloc,alloc=16k", Counter.TOTAL, work);
    Map<String, Double> allocated = shares(allocation, parts);
    Table table = result.table(id, title, "% of CPU time");
    shares(cpu, parts)
        .forEach((part, share) ->
            table.row(part, part, share).with("% of bytes", allocated.getOrDefault(part, 0.0)));
    result.flame(id + "-cpu", title + ": CPU time", Flame.of(cpu));
    result.flame(id + "-allocation", title + ": allocation", Flame.of(allocation));
  }

  private List<Stack> profile(AsyncProfiler profiler, String event, Counter counter, Runnable work)
      throws IOException {
    long end = System.nanoTime() + Duration.ofSeconds(run.pick(15, 1)).toNanos();
    String started = profiler.execute("start," + event);
    while (System.nanoTime() < end) {
      work.run();
    }
    profiler.stop();
    return Stack.parse(profiler.dumpCollapsed(counter));
  }

  /** The share of each part in percent. */
  static Map<String, Double> shares(List<Stack> stacks, Map<String, String> parts) {
    Map<String, Double> shares = new LinkedHashMap<>();
    parts.keySet().forEach(part -> shares.put(part, 0.0));
    shares.put(REST, 0.0);
    double all = stacks.stream().mapToDouble(Stack::weight).sum();
    for (Stack stack : stacks) {
      String part =
          parts.entrySet().stream()
              .filter(one -> stack.frames().contains(one.getValue()))
              .map(Map.Entry::getKey)
              .findFirst()
              .orElse(REST);
      shares.merge(part, 100 * stack.weight() / all, Double::sum);
    }
    return shares;
  }
}
