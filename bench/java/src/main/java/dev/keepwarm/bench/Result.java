package dev.keepwarm.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A suite's result, in the form of {@code bench/results/NAME.json}: tables, goals, notes and flame
 * graphs. Not thread-safe.
 */
public final class Result {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final String title;
  private final List<Table> tables = new ArrayList<>();
  private final List<Map<String, Object>> goals = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final List<Map<String, Object>> flames = new ArrayList<>();

  /**
   * Begins a result.
   *
   * @param title the heading in the report
   */
  public Result(String title) {
    this.title = title;
  }

  /**
   * Adds a table.
   *
   * @param id unique within the result; also the name of the plot's file
   * @param title the table's title
   * @param unit the unit of all medians in it, for example {@code ms}
   * @return the table, to be filled
   */
  public Table table(String id, String title, String unit) {
    Table table = new Table(id, title, unit);
    tables.add(table);
    return table;
  }

  /**
   * States a goal that a value must not exceed, and whether it does.
   *
   * @param text what is held against the limit
   * @param value as measured
   * @param limit the most that it may be
   */
  public void atMost(String text, double value, double limit) {
    goal(text, value, "at most", limit, value <= limit);
  }

  /**
   * States a goal that a value must reach, and whether it does.
   *
   * @param text what is held against the limit
   * @param value as measured
   * @param limit the least that it may be
   */
  public void atLeast(String text, double value, double limit) {
    goal(text, value, "at least", limit, value >= limit);
  }

  private void goal(String text, double value, String bound, double limit, boolean met) {
    Map<String, Object> goal = new LinkedHashMap<>();
    goal.put("text", text);
    goal.put("value", value);
    goal.put("bound", bound);
    goal.put("limit", limit);
    goal.put("met", met);
    goals.add(goal);
  }

  /**
   * Adds a note that a reader of the figures must know.
   *
   * @param sentence in Markdown
   */
  public void note(String sentence) {
    notes.add(sentence);
  }

  /**
   * Adds a flame graph.
   *
   * @param id unique within the result; also the name of the picture's file
   * @param title the graph's title
   * @param nodes as {@link Flame#of} makes them
   */
  void flame(String id, String title, List<Map<String, Object>> nodes) {
    flames.add(Map.of("id", id, "title", title, "nodes", nodes));
  }

  /**
   * Writes the result atomically.
   *
   * @param file the file; its directory is created if necessary
   * @param suite the suite's name
   * @param run the way it was run
   * @throws IOException if it cannot be written
   */
  void write(Path file, String suite, Run run) throws IOException {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("suite", suite);
    all.put("title", title);
    all.put("smoke", run.smoke());
    all.put("machine", Machine.describe());
    all.put("tables", tables.stream().map(Table::toJson).toList());
    all.put("goals", goals);
    all.put("notes", notes);
    all.put("flames", flames);
    Files.createDirectories(file.toAbsolutePath().getParent());
    Path draft = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(draft, JSON.writeValueAsString(all) + "\n");
    Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
  }
}
