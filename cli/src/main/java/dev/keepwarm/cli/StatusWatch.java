package dev.keepwarm.cli;

import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.Wheel;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code keepwarm status --watch}: the same as the console's overview, in a terminal. */
final class StatusWatch {
  /** Clears the screen from its upper left corner on. */
  private static final String HOME = "\u001b[H\u001b[J";

  /** Long enough for most answers, because a redraw of the terminal is not urgent. */
  private static final Duration PATIENCE = Duration.ofMillis(Watch.SILENCE);

  private static final int LABEL = 10;
  private static final int WIDEST = 96;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final Io io;
  private final Ports ports;
  private final Duration every;

  StatusWatch(Io io, Ports ports, Duration every) {
    this.io = io;
    this.ports = ports;
    this.every = every;
  }

  /** Shows until this thread is interrupted. */
  void run() {
    Terminal terminal = io.terminal();
    int columns = terminal == null ? ConsoleTerminal.DEFAULT_COLUMNS : terminal.columns();
    try (ConsoleModel model = new ConsoleModel(ports, every, PATIENCE, what -> {})) {
      while (!Thread.currentThread().isInterrupted()) {
        ConsoleModel.Moment moment = model.look();
        if (io.outIsTerminal().getAsBoolean()) {
          io.out().print(HOME);
          lines(moment, columns).forEach(io.out()::println);
        } else {
          io.out().println(line(moment));
        }
        io.out().flush();
        ports.pauses().pause(every);
      }
    }
  }

  /** One line for a log. */
  static String line(ConsoleModel.Moment moment) {
    EntryCount entries = moment.status().cache().answer();
    return Instant.ofEpochMilli(moment.status().now())
        + " warm "
        + (entries == null ? "?" : entries.warm())
        + ", cold "
        + (entries == null ? "?" : entries.of(Condition.COLD))
        + ", failed "
        + (entries == null ? "?" : entries.of(Condition.FAILED))
        + (moment.problems().isEmpty()
            ? ", nothing is wrong" + scope(moment)
            : ", "
                + moment.problems().size()
                + " problems, first: "
                + moment.problems().getFirst().what());
  }

  /** A screen. Pure. */
  static List<String> lines(ConsoleModel.Moment moment, int columns) {
    Status status = moment.status();
    Settings settings = status.settings();
    List<String> lines = new ArrayList<>();
    lines.add(
        "Keepwarm, "
            + settings.cacheTable()
            + ", "
            + TIME.format(Instant.ofEpochMilli(status.now())));
    lines.add("");
    wheel(moment, columns, lines);
    entries(moment, columns, lines);
    StringBuilder queues = new StringBuilder();
    long dead = 0;
    for (var each : status.queues().entrySet()) {
      Queues.Depth depth = each.getValue().answer();
      queues
          .append(each.getKey().text())
          .append(' ')
          .append(depth == null ? "?" : number(depth.waiting() + depth.inFlight()))
          .append("   ");
      dead += depth == null ? 0 : depth.deadLetters();
    }
    lines.add(label("queues") + queues + "dead letters " + number(dead));
    lines.add("");
    if (moment.problems().isEmpty()) {
      lines.add("Nothing is wrong" + scope(moment) + ".");
    }
    moment.problems().forEach(problem -> lines.add(problem.code() + ": " + problem.what()));
    lines.add("");
    lines.add("Ctrl-C stops it.");
    return lines.stream()
        .map(line -> line.length() < columns ? line : line.substring(0, Math.max(0, columns - 1)))
        .toList();
  }

  /** The part that was checked. As long as it is not the whole wheel, other tenants may be cold. */
  private static String scope(ConsoleModel.Moment moment) {
    WheelSample.Sight sight = moment.sight();
    return sight != null && sight.complete() ? "" : " in the part that was checked so far";
  }

  private static void wheel(ConsoleModel.Moment moment, int columns, List<String> lines) {
    WheelSample.Sight sight = moment.sight();
    Settings settings = moment.status().settings();
    int width = Math.clamp((long) columns - LABEL - 3, 8, WIDEST);
    int parts = Math.min(width, settings.slots());
    StringBuilder ring = new StringBuilder();
    for (int part = 0; part < parts; part++) {
      int from = (int) ((long) part * settings.slots() / parts);
      int to = (int) ((long) (part + 1) * settings.slots() / parts) - 1;
      ring.append((sight == null ? WheelSample.Mark.UNSEEN : sight.mark(from, to)).sign());
    }
    lines.add(label("wheel") + "(" + ring + ")");
    WheelCount counted = moment.status().wheel().answer();
    Wheel.Cursor cursor = counted == null ? null : counted.cursor();
    String place = "";
    if (cursor != null && cursor.slotMillis() == settings.slotMillis()) {
      int at =
          (int)
              (Math.floorMod(cursor.published(), (long) settings.slots())
                  * parts
                  / settings.slots());
      place = " ".repeat(LABEL + 1 + at) + "^ ";
    }
    Long lag = moment.status().lagMillis();
    String warmer =
        counted == null
            ? "the wheel does not answer"
            : cursor == null
                ? "the warmer never ran"
                : "warmer" + (lag == null ? "" : ", " + Ages.text(lag) + " behind");
    // If the text does not fit to the right of the mark, it is put to its left.
    lines.add(
        place.length() + warmer.length() < columns
            ? place + warmer
            : place.substring(0, Math.max(0, place.length() - 3 - warmer.length()))
                + warmer
                + " ^");
    lines.add(
        " ".repeat(LABEL) + "# warm   o overdue   . cold   x failing   - no tenants   ? not seen");
    lines.add("");
  }

  private static void entries(ConsoleModel.Moment moment, int columns, List<String> lines) {
    EntryCount entries = moment.status().cache().answer();
    WheelSample.Sight sight = moment.sight();
    if (entries == null || sight == null) {
      lines.add(label("entries") + "?");
      return;
    }
    long wanted = entries.total() - entries.of(Condition.REVOKED) + sight.bare();
    if (entries.warm() < wanted) {
      lines.add(Progress.line("warming ", entries.warm(), wanted, 0, Math.min(columns, WIDEST)));
    }
    lines.add(
        label("entries")
            + "warm "
            + number(entries.warm())
            + "   cold "
            + number(entries.of(Condition.COLD))
            + "   failed "
            + number(entries.of(Condition.FAILED))
            + "   revoked "
            + number(entries.of(Condition.REVOKED))
            + "   oldest check "
            + age(entries.oldestAge()));
    lines.add(
        label("tenants")
            + number(sight.tenants() == null ? 0 : sight.tenants())
            + (sight.complete()
                ? ""
                : ", about; " + number(sight.looked().size()) + " of them checked"));
  }

  private static String age(@Nullable Long millis) {
    return millis == null ? "-" : Ages.text(millis);
  }

  private static String label(String text) {
    return text + " ".repeat(LABEL - text.length());
  }

  private static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
