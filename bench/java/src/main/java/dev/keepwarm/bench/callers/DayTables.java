package dev.keepwarm.bench.callers;

import dev.keepwarm.bench.Figures;
import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Table;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Writes a simulated day into tables, one for each language, with measured waits. Immutable. */
final class DayTables {
  /** The waits with one call at a time, because each caller of the day has its own machine. */
  private static final int CALLERS = 1;

  private static final long SEED = 7;

  private final Measured measured;
  private final String id;
  private final String title;
  private final Map<DayWay, Played> played;

  /**
   * The tables of a day.
   *
   * @param id unique among days
   * @param title the kind of day
   */
  DayTables(Measured measured, String id, String title, Map<DayWay, Played> played) {
    this.measured = measured;
    this.id = id;
    this.title = title;
    this.played = new EnumMap<>(played);
  }

  /** Adds the table of a language. */
  void add(Result result, String language) {
    Table table =
        result.table(
            id + "-" + language.toLowerCase(Locale.ROOT),
            title + ": what a " + language + " caller waits, means of hours",
            "ms");
    table.peer(DayWay.NAIVE_OWN.id()).bars(true);
    played.forEach((way, day) -> addRow(table, way, day, language));
  }

  private void addRow(Table table, DayWay way, Played day, String language) {
    double[] waits = day.waits(waits(language, way.awaited()), SEED);
    double[] hours = day.hourlyMeans(waits);
    Arrays.sort(waits);
    table
        .row(way.id(), way.label(), hours)
        .with("p50", Figures.percentile(waits, 50))
        .with("p99", Figures.percentile(waits, 99))
        .with("p99.9", Figures.percentile(waits, 99.9))
        .with("longest", waits[waits.length - 1])
        .with("awaited a decryptor, %", 100 * day.awaited())
        .with("met a cold one, %", 100 * day.metCold())
        .with("met a cold one", day.count(Kind.COLD))
        .with("got an old version", day.old())
        .with("reads", waits.length);
  }

  private Map<Kind, double[]> waits(String language, Way awaited) {
    Map<Kind, double[]> waits = new EnumMap<>(Kind.class);
    waits.put(Kind.NEAR, waits(language, Way.NEAR, false));
    waits.put(Kind.CACHE, waits(language, Way.CACHE, false));
    waits.put(Kind.UNWRAP, waits(language, Way.UNWRAP, false));
    waits.put(Kind.WARM, waits(language, awaited, false));
    waits.put(Kind.COLD, waits(language, awaited, true));
    return waits;
  }

  private double[] waits(String language, Way way, boolean cold) {
    return measured.sorted(new Measured.Cell(language, CALLERS, way, cold));
  }
}
