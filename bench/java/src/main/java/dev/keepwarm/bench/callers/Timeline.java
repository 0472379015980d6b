package dev.keepwarm.bench.callers;

import dev.keepwarm.bench.Figures;
import dev.keepwarm.bench.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The calls of many misses of one kind, and from these the calls of a typical miss. Not
 * thread-safe.
 */
final class Timeline {
  private static final double NANOS_PER_MILLI = 1e6;

  private final Map<String, Times> byCall = new LinkedHashMap<>();
  private final List<Double> waits = new ArrayList<>();

  /** The times at which a call began and ended, in each miss that made it, in milliseconds. */
  private static final class Times {
    private final String by;
    private final List<Double> from = new ArrayList<>();
    private final List<Double> to = new ArrayList<>();

    Times(String by) {
      this.by = by;
    }

    double median(List<Double> times) {
      return Figures.median(array(times));
    }

    double[] lengths() {
      double[] lengths = new double[from.size()];
      for (int i = 0; i < lengths.length; i++) {
        lengths[i] = to.get(i) - from.get(i);
      }
      return lengths;
    }
  }

  /**
   * Adds a miss.
   *
   * @param begun when the caller began, by {@link System#nanoTime}
   * @param ended when it had its credential
   * @param calls the calls of this miss
   */
  void add(long begun, long ended, List<CallRecorder.Call> calls) {
    waits.add((ended - begun) / NANOS_PER_MILLI);
    Map<String, Integer> seen = new HashMap<>();
    calls.stream()
        .sorted(Comparator.comparingLong(CallRecorder.Call::begun))
        .forEach(call -> {
          String name = call.by() + ": " + call.what();
          int nth = seen.merge(name, 1, Integer::sum);
          Times times =
              byCall.computeIfAbsent(
                  nth == 1 ? name : name + " (" + nth + ")", unused -> new Times(call.by()));
          times.from.add((call.begun() - begun) / NANOS_PER_MILLI);
          times.to.add((call.ended() - begun) / NANOS_PER_MILLI);
        });
  }

  /** The waits of callers, in milliseconds, by miss. */
  double[] waits() {
    return array(waits);
  }

  /** The number of calls in a typical miss. */
  int calls() {
    return usual().size();
  }

  /**
   * How many of them are made one after the other: the longest row of calls of which each begins
   * when the one before has ended. The invocation of the resolver is not one of them: it lasts as
   * long as what the resolver does.
   */
  int rows() {
    int rows = 0;
    double end = Double.NEGATIVE_INFINITY;
    List<Times> byEnd =
        usual().entrySet().stream()
            .filter(call -> !call.getKey().contains("Invoke"))
            .map(Map.Entry::getValue)
            .sorted(Comparator.comparingDouble(times -> times.median(times.to)))
            .toList();
    for (Times times : byEnd) {
      if (times.median(times.from) >= end) {
        rows++;
        end = times.median(times.to);
      }
    }
    return rows;
  }

  /** Adds a row for each call of a typical miss, in the order in which they begin. */
  void addTo(Table table) {
    double[] all = waits();
    table
        .row("caller", "the caller waits", all)
        .with("from ms", 0)
        .with("to ms", Figures.median(all))
        .with("by", "caller");
    usual().entrySet().stream()
        .sorted(
            Comparator.comparingDouble(
                (Map.Entry<String, Times> call) -> call.getValue().median(call.getValue().from)))
        .forEach(call -> {
          Times times = call.getValue();
          table
              .row(call.getKey(), call.getKey(), times.lengths())
              .with("from ms", times.median(times.from))
              .with("to ms", times.median(times.to))
              .with("by", times.by);
        });
    table.timeline("from ms", "to ms", "by");
  }

  /** The calls that most misses have. */
  private Map<String, Times> usual() {
    Map<String, Times> usual = new LinkedHashMap<>();
    byCall.forEach((name, times) -> {
      if (2 * times.from.size() > waits.size()) {
        usual.put(name, times);
      }
    });
    return usual;
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
