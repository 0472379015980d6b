package dev.keepwarm.bench.callers;

import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Plays simulated days, a busy one and a quiet one, for each way to get credentials. Not
 * thread-safe.
 */
final class Days implements AutoCloseable {
  private static final long SEED = 20261128;
  private static final long OWN_TTL = 5 * 60_000;

  /**
   * The language whose waits determine how long a decryptor is busy; the decryptor's time does not
   * depend on it.
   */
  private static final String CLOCKED_BY = "Java";

  private final Run run;
  private final Measured measured;
  private final List<Way> ways;

  /** Nothing is measured while days are played, so all processors may be used. */
  private final ExecutorService threads =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());

  /**
   * Days.
   *
   * @param measured with one call at a time, in all {@code ways}
   */
  Days(Run run, Measured measured, List<Way> ways) {
    this.run = run;
    this.measured = measured;
    this.ways = ways;
  }

  /** Adds the tables of both days. */
  void add(Result result, List<String> languages) throws InterruptedException, ExecutionException {
    Traffic.Shape busy =
        run.smoke()
            ? new Traffic.Shape(1, 60, 1, 5, 2, 10, 5, 0)
            : new Traffic.Shape(24, 1000, 1, 50, 24, 100, 200, 0);
    Traffic.Shape quiet =
        run.smoke()
            ? new Traffic.Shape(1, 60, 0.1, 0.5, 2, 5, 5, 0)
            : new Traffic.Shape(24, 1000, 0.01, 0.5, 24, 10, 200, 0);
    Traffic busyDay = Traffic.of(busy, SEED);
    Traffic revokingDay = Traffic.of(busy.withRevocations(20), SEED);
    Traffic quietDay = Traffic.of(quiet, SEED);
    Future<Played> revoking = keepwarm(revokingDay);
    Future<Played> onBusy = keepwarm(busyDay);
    Future<Played> onQuiet = keepwarm(quietDay);

    Map<DayWay, Played> played = awaiting(busyDay);
    played.put(DayWay.KEEPWARM, onBusy.get());
    played.put(DayWay.KEEPWARM_REVOKING, revoking.get());
    add(result, "day", "A busy day", played, languages);
    Map<DayWay, Played> quietly = awaiting(quietDay);
    quietly.put(DayWay.KEEPWARM, onQuiet.get());
    add(result, "quiet", "A quiet day", quietly, languages);
    result.atMost(
        "A busy day with revocations: share of misses that met a cold resolver",
        revoking.get().coldOfAwaited(),
        0.01);
    Notes.onDays(result, busyDay, revoking.get());
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  private void add(
      Result result, String id, String title, Map<DayWay, Played> played, List<String> languages) {
    DayTables tables = new DayTables(measured, id, title, played);
    languages.forEach(language -> tables.add(result, language));
    Played keepwarm = played.get(DayWay.KEEPWARM);
    if (keepwarm != null) {
      result.atMost(
          title + ": share of reads from Keepwarm that met a cold decryptor",
          keepwarm.metCold(),
          0);
    }
  }

  private Map<DayWay, Played> awaiting(Traffic traffic) {
    Map<DayWay, Played> played = new EnumMap<>(DayWay.class);
    for (Way way : List.of(Way.NAIVE, Way.RUST)) {
      if (ways.contains(way)) {
        boolean isRust = way == Way.RUST;
        played.put(isRust ? DayWay.RUST : DayWay.NAIVE, awaited(traffic, way, 0));
        played.put(isRust ? DayWay.RUST_OWN : DayWay.NAIVE_OWN, awaited(traffic, way, OWN_TTL));
      }
    }
    return played;
  }

  private Played awaited(Traffic traffic, Way way, long ownTtl) {
    return new AwaitedDay(traffic, took(way, false), took(way, true), ownTtl, SEED).play();
  }

  private Future<Played> keepwarm(Traffic traffic) {
    double[] warm = took(Way.RESOLVE, false);
    double[] cold = took(Way.RESOLVE, true);
    return threads.submit(() -> new KeepwarmDay(traffic, warm, cold, SEED).play());
  }

  private double[] took(Way way, boolean cold) {
    return measured.sorted(new Measured.Cell(CLOCKED_BY, 1, way, cold));
  }
}
