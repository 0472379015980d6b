package dev.keepwarm.cli;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A progress bar on the terminal, if there is one. It is drawn at most ten times a second. Closing
 * it clears the line. Thread-safe.
 */
public final class Progress implements AutoCloseable {
  private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long SPEED_AFTER_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final @Nullable Terminal terminal;
  private final LongSupplier ticker;
  private String label;
  private long total;
  private long done;
  private long begunAt;
  private long drawnAt;
  private boolean drawn;

  /**
   * A bar.
   *
   * @param terminal where to draw; null for nowhere
   * @param ticker elapsed time in nanoseconds, like {@link System#nanoTime}
   */
  public Progress(@Nullable Terminal terminal, LongSupplier ticker) {
    this.terminal = terminal;
    this.ticker = ticker;
    this.label = "";
  }

  /** The usual bar. */
  public static Progress on(@Nullable Terminal terminal) {
    return new Progress(terminal, System::nanoTime);
  }

  /**
   * Begins a part of the work.
   *
   * @param label the name of the part
   * @param total the total amount of work; 0 if not known
   */
  public synchronized void begin(String label, long total) {
    this.label = label;
    this.total = total;
    this.done = 0;
    this.drawn = false;
    this.begunAt = ticker.getAsLong();
    draw();
  }

  /** Adds to the amount of work that is done. */
  public synchronized void advance(long by) {
    done += by;
    draw();
  }

  /** Sets the amount of work that is done. */
  public synchronized void set(long done) {
    this.done = done;
    draw();
  }

  @Override
  public synchronized void close() {
    if (terminal != null && drawn) {
      terminal.show("");
    }
  }

  private void draw() {
    if (terminal == null) {
      return;
    }
    long now = ticker.getAsLong();
    if (drawn && now - drawnAt < INTERVAL_NANOS && done < total) {
      return;
    }
    drawn = true;
    drawnAt = now;
    terminal.show(line(label, done, total, now - begunAt, terminal.columns()));
  }

  /**
   * The text of a bar that fits in a line: the work done, the speed, and how long the rest will
   * take at that speed. Parts that do not fit are left out, the bar first.
   */
  static String line(String label, long done, long total, long elapsedNanos, int columns) {
    String counts =
        total > 0
            ? String.format(Locale.ROOT, "%,d of %,d", done, total)
            : String.format(Locale.ROOT, "%,d", done);
    String speed = speed(done, total, elapsedNanos);
    String text = label + "  " + counts;
    if (text.length() + speed.length() < columns) {
      text += speed;
    } else {
      speed = "";
    }
    int width = Math.min(40, columns - text.length() - 5);
    if (total <= 0 || width < 5) {
      return clip(text, columns);
    }
    int filled = (int) (width * Math.min(done, total) / total);
    return label + "  [" + "#".repeat(filled) + "-".repeat(width - filled) + "]  " + counts + speed;
  }

  /** The speed; empty as long as it would be a guess. */
  private static String speed(long done, long total, long elapsedNanos) {
    if (elapsedNanos < SPEED_AFTER_NANOS || done <= 0) {
      return "";
    }
    double perSecond = done / (elapsedNanos / 1e9);
    String rate = String.format(Locale.ROOT, perSecond < 10 ? ", %.1f/s" : ", %,.0f/s", perSecond);
    return total <= done
        ? rate
        : rate + ", " + Ages.text((long) ((total - done) / perSecond * 1000)) + " left";
  }

  private static String clip(String text, int columns) {
    return text.length() < columns ? text : text.substring(0, Math.max(0, columns - 1));
  }
}
