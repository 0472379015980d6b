package dev.keepwarm.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * An outage of a service, for all processes.
 *
 * @param from when it begins, in milliseconds since the history began
 * @param to when it ends
 * @param on the service
 * @param kind the kind of outage
 */
record Trouble(long from, long to, Dependency on, Kind kind) {
  /** The kinds of outages. */
  enum Kind {
    /** No answer, or throttling. */
    DOWN,
    /** Every call takes seconds. */
    SLOW,
    /** Every call is refused. */
    DENIED
  }

  /** The outages of a history: often none. */
  static List<Trouble> generate(Random random, long duration) {
    List<Trouble> troubles = new ArrayList<>();
    for (int i = random.nextInt(4); i > 1; i--) {
      long from = random.nextLong(duration);
      long length = random.nextInt(5) == 0 ? 25 * 60_000 : 4 * 60_000;
      troubles.add(
          new Trouble(
              from,
              from + random.nextLong(length),
              Dependency.values()[random.nextInt(Dependency.values().length)],
              Kind.values()[random.nextInt(Kind.values().length)]));
    }
    return troubles;
  }

  boolean isAt(long millis) {
    return from <= millis && millis < to;
  }
}
