package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.source.DynamoSource;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The second pass of an import: writes, announces and enrols. Its memory is bounded, except for the
 * names of the tenants. Not thread-safe.
 *
 * <p>Stops after a chunk in which something was not written or not announced. Written rows are
 * announced if possible, and the same import can be run again.
 */
final class ImportRun {
  /** How many rows are written together. */
  private static final int CHUNK_ROWS = 1000;

  /** About how many characters of ciphertext are held in memory. */
  private static final int CHUNK_LENGTH = 8 * 1024 * 1024;

  private static final int NAMED = 100;

  private final Ports ports;
  private final boolean announceUnchanged;
  private final Progress progress;
  private final long now;
  private final Set<String> tenants = new HashSet<>();
  private final List<Event.Rotated> notAnnounced = new ArrayList<>();
  private @Nullable KeepwarmException failure;
  private final long rows;
  private final long rejected;
  private final LongAdder written = new LongAdder();
  private volatile long announced;
  private long added;
  private long replaced;
  private long unchanged;
  private long notWritten;
  private long enrolled;

  ImportRun(Ports ports, boolean announceUnchanged, Progress progress, ImportCheck.Result checked) {
    this.rows = checked.rows();
    this.rejected = checked.rejected();
    this.ports = ports;
    this.announceUnchanged = announceUnchanged;
    this.progress = progress;
    this.now = ports.clock().millis();
  }

  /** Imports all rows, or as many as possible. */
  void run(ImportInput input) throws IOException {
    progress.begin("writing", rows);
    Lines lines = input.lines();
    List<SourceRow.Original> chunk = new ArrayList<>();
    long length = 0;
    for (SourceRow.Original row = next(input, lines);
        row != null && !stopped();
        row = next(input, lines)) {
      chunk.add(row);
      length += row.ciphertext().length();
      if (chunk.size() == CHUNK_ROWS || length >= CHUNK_LENGTH) {
        write(chunk);
        chunk.clear();
        length = 0;
      }
    }
    if (!stopped()) {
      write(chunk);
    }
    notWritten = rows - added - replaced - unchanged;
    if (!stopped()) {
      enrol();
    }
  }

  /** The next valid row; null after the last. Rejected lines are skipped. */
  private SourceRow.@Nullable Original next(ImportInput input, Lines lines) throws IOException {
    while (true) {
      try {
        String line = lines.next();
        while (line != null && line.isBlank()) {
          line = lines.next();
        }
        if (line == null) {
          return null;
        }
        if (ImportLine.parse(line) instanceof ImportLine.Row row) {
          return row.original();
        }
      } catch (Lines.UnreadableLineException e) {
        // Treated like an invalid line.
      }
      if (rejected == 0) {
        throw CommandException.input(input.name() + " changed while it was imported");
      }
    }
  }

  /** How far the import got, printed when it is interrupted. Called from another thread. */
  String soFar() {
    return String.format(
        Locale.ROOT,
        "INTERRUPTED: of %,d rows, %,d were written and %,d rotations announced; repeat the import with"
            + " --announce-unchanged, which also announces the rows that are written already",
        rows,
        written.sum(),
        announced);
  }

  private boolean stopped() {
    return failure != null || !notAnnounced.isEmpty();
  }

  private void write(List<SourceRow.Original> chunk) {
    List<Written> results = ports.calls().map(chunk, this::write);
    List<Event.Rotated> changes = new ArrayList<>();
    for (Written result : results) {
      SourceRow.Original row = result.row();
      if (result.put() == null) {
        failure = failure == null ? result.error() : failure;
        continue;
      }
      tenants.add(row.id().tenant());
      switch (result.put()) {
        case ADDED -> added++;
        case REPLACED -> replaced++;
        case UNCHANGED -> unchanged++;
      }
      if (result.put() == DynamoSource.Put.REPLACED
          || (announceUnchanged && result.put() == DynamoSource.Put.UNCHANGED)) {
        changes.add(new Event.Rotated(row.id().tenant(), row.id().name(), row.version()));
      }
    }
    announce(changes);
  }

  private Written write(SourceRow.Original row) {
    try {
      Written result = new Written(row, ports.originals().put(row, now), null);
      written.increment();
      progress.advance(1);
      return result;
    } catch (KeepwarmException e) {
      return new Written(row, null, e);
    }
  }

  /** The result for a row: either it was put, or there is an error. */
  private record Written(
      SourceRow.Original row, DynamoSource.@Nullable Put put, @Nullable KeepwarmException error) {}

  private void announce(List<Event.Rotated> changes) {
    List<? extends Event> refused;
    try {
      refused = Publishing.publish(ports, changes);
    } catch (KeepwarmException e) {
      failure = failure == null ? e : failure;
      refused = changes;
    }
    // Written by this thread only, and read by another.
    announced = announced + changes.size() - refused.size();
    for (Event event : refused) {
      if (event instanceof Event.Rotated rotated) {
        notAnnounced.add(rotated);
      }
    }
  }

  private void enrol() {
    progress.begin("enrolling", tenants.size());
    List<Boolean> results =
        ports
            .calls()
            .map(
                List.copyOf(tenants),
                tenant -> {
                  boolean isNew = ports.wheel().enrol(tenant);
                  progress.advance(1);
                  return isNew;
                });
    enrolled = results.stream().filter(isNew -> isNew).count();
  }

  /** Throws if something was not done. */
  void requireAll() {
    if (failure != null) {
      throw failure;
    }
    if (!notAnnounced.isEmpty()) {
      throw new KeepwarmException(
          ErrorCode.UNAVAILABLE,
          notAnnounced.size()
              + " rotations not accepted by bus "
              + ports.settings().bus()
              + "; repeat the import with --announce-unchanged");
    }
  }

  void print(PrintStream out) {
    out.printf(
        Locale.ROOT,
        "%,d rows: %,d added, %,d replaced, %,d unchanged%n",
        added + replaced + unchanged + notWritten,
        added,
        replaced,
        unchanged);
    if (notWritten > 0) {
      out.printf(Locale.ROOT, "%,d rows not written: repeat the import%n", notWritten);
    }
    out.printf(Locale.ROOT, "%,d tenants, %,d newly enrolled%n", tenants.size(), enrolled);
    if (announced > 0) {
      out.printf(Locale.ROOT, "%,d rotations announced%n", announced);
    }
    for (Event.Rotated rotated : firstNotAnnounced()) {
      out.println(
          "not announced: "
              + rotated.tenant()
              + " "
              + rotated.name()
              + " version "
              + rotated.version());
    }
  }

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("rows", added + replaced + unchanged + notWritten);
    json.put("added", added);
    json.put("replaced", replaced);
    json.put("unchanged", unchanged);
    json.put("notWritten", notWritten);
    json.put("tenants", tenants.size());
    json.put("enrolled", enrolled);
    json.put("announced", announced);
    json.put("notAnnounced", notAnnounced.size());
    List<Map<String, @Nullable Object>> first = new ArrayList<>();
    for (Event.Rotated rotated : firstNotAnnounced()) {
      Map<String, @Nullable Object> each = new LinkedHashMap<>();
      each.put("tenant", rotated.tenant());
      each.put("name", rotated.name());
      each.put("version", rotated.version());
      first.add(each);
    }
    json.put("notAnnouncedFirst", first);
    json.put("rejected", rejected);
    return json;
  }

  private List<Event.Rotated> firstNotAnnounced() {
    return notAnnounced.subList(0, Math.min(NAMED, notAnnounced.size()));
  }
}
