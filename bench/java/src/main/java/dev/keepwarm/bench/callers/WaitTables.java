package dev.keepwarm.bench.callers;

import dev.keepwarm.bench.Figures;
import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Table;
import java.util.Locale;

/** Writes the waits of callers into tables: one for each language and number of callers. */
final class WaitTables {
  /** A percentile needs at least ten calls beyond it to be meaningful. */
  private static final int ENOUGH_FOR_P99 = 100;

  private static final int ENOUGH_FOR_P999 = 1000;

  private WaitTables() {}

  /** Adds the table of one language and number of callers. */
  static void add(Result result, Measured measured, String language, int callers) {
    Table table =
        result.table(
            language.toLowerCase(Locale.ROOT) + "-" + callers,
            "What a "
                + language
                + " caller waits, "
                + callers
                + (callers == 1 ? " call" : " calls")
                + " at a time",
            "ms");
    table.floor(rowId(Way.CACHE, false)).peer(rowId(Way.NAIVE, false)).bars(true);
    for (Way way : Way.values()) {
      for (boolean cold : new boolean[] {true, false}) {
        Waits waits = measured.find(new Measured.Cell(language, callers, way, cold));
        if (waits != null) {
          addRow(table, way, cold, waits);
        }
      }
    }
  }

  private static void addRow(Table table, Way way, boolean cold, Waits waits) {
    String state = !way.awaitsDecryptor() ? "" : cold ? ", cold" : ", warm";
    double[] all = waits.sorted();
    table
        .row(rowId(way, cold), way.label() + state, waits.medians())
        .with("p50", Figures.percentile(all, 50))
        .with("p99", all.length < ENOUGH_FOR_P99 ? "–" : Figures.percentile(all, 99))
        .with("p99.9", all.length < ENOUGH_FOR_P999 ? "–" : Figures.percentile(all, 99.9))
        .with("longest", all[all.length - 1])
        .with("calls", all.length);
  }

  private static String rowId(Way way, boolean cold) {
    return way.word() + (cold ? "-cold" : "");
  }
}
