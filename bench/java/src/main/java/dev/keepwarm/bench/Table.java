package dev.keepwarm.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Figures of one kind: a row per variant, all measured by turns in one run. Not thread-safe. */
public final class Table {
  private final String id;
  private final String title;
  private final String unit;
  private final Map<String, Row> rows = new LinkedHashMap<>();
  private @Nullable String floor;
  private @Nullable String peer;
  private @Nullable Map<String, Object> plot;

  Table(String id, String title, String unit) {
    this.id = id;
    this.title = title;
    this.unit = unit;
  }

  /**
   * Adds a row.
   *
   * @param rowId unique within the table
   * @param label its name in the report
   * @param samples at least one; the n-th samples of all rows were measured in the same round
   * @return the row, to which columns can be added
   */
  public Row row(String rowId, String label, double... samples) {
    Row row = new Row(label, samples.clone());
    rows.put(rowId, row);
    return row;
  }

  /**
   * Marks a row as the floor: the minimum that the work can take, with which the others are
   * compared.
   *
   * @param rowId of a row that is or will be there
   * @return this
   */
  public Table floor(String rowId) {
    floor = rowId;
    return this;
  }

  /**
   * Marks a row as the peer: the alternative that a user would choose.
   *
   * @param rowId of a row that is or will be there
   * @return this
   */
  public Table peer(String rowId) {
    peer = rowId;
    return this;
  }

  /**
   * Requests a plot with a bar per row.
   *
   * @param logarithmic true if the values differ by orders of magnitude
   * @return this
   */
  public Table bars(boolean logarithmic) {
    plot = Map.of("kind", "bars", "log", logarithmic);
    return this;
  }

  /**
   * Requests a plot with a line over a column.
   *
   * @param column that every row has as a number, shown on a logarithmic axis
   * @return this
   */
  public Table line(String column) {
    plot = Map.of("kind", "line", "x", column);
    return this;
  }

  /**
   * Requests a plot with several lines over a column, on logarithmic axes.
   *
   * @param column that every row has as a number
   * @param series the column with the name of the row's line
   * @return this
   */
  public Table line(String column, String series) {
    plot = Map.of("kind", "line", "x", column, "series", series, "log", true);
    return this;
  }

  /**
   * Requests a plot with a bar per row, from one time to another.
   *
   * @param from the column that every row has as a number, in the table's unit
   * @param to the same
   * @param by the column that determines the bar's colour
   * @return this
   */
  public Table timeline(String from, String to, String by) {
    plot = Map.of("kind", "timeline", "from", from, "to", to, "by", by);
    return this;
  }

  /**
   * The ratio of one row to another.
   *
   * @param rowId the one
   * @param baseId the other
   * @return see {@link Figures#ratio}
   */
  public double ratio(String rowId, String baseId) {
    return Figures.ratio(get(rowId).samples, get(baseId).samples);
  }

  /** A row's median, in the table's unit. */
  public double median(String rowId) {
    return Figures.median(get(rowId).samples);
  }

  private Row get(String rowId) {
    Row row = rows.get(rowId);
    if (row == null) {
      throw new IllegalArgumentException("table " + id + " has no row " + rowId);
    }
    return row;
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("title", title);
    json.put("unit", unit);
    json.put("floor", floor);
    json.put("peer", peer);
    json.put("plot", plot);
    json.put("rows", rows.keySet().stream().map(this::rowToJson).toList());
    return json;
  }

  private Map<String, Object> rowToJson(String rowId) {
    Row row = get(rowId);
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", rowId);
    json.put("label", row.label);
    json.put("count", row.samples.length);
    json.put("median", Figures.median(row.samples));
    json.put("min", Arrays.stream(row.samples).min().orElseThrow());
    json.put("max", Arrays.stream(row.samples).max().orElseThrow());
    json.put("perFloor", floor == null ? null : ratio(rowId, floor));
    json.put("perPeer", peer == null ? null : ratio(rowId, peer));
    json.put("columns", row.columns);
    json.put("samples", row.samples);
    return json;
  }

  /** One variant's figures. Not thread-safe. */
  public static final class Row {
    private final String label;
    private final double[] samples;
    private final Map<String, Object> columns = new LinkedHashMap<>();

    private Row(String label, double[] samples) {
      if (samples.length == 0) {
        throw new IllegalArgumentException("nothing was measured of " + label);
      }
      this.label = label;
      this.samples = samples;
    }

    /**
     * Adds a column besides the median.
     *
     * @param name the column's name with its unit, for example {@code p99 ms}
     * @param value a number or a text
     * @return this
     */
    public Row with(String name, Object value) {
      columns.put(name, value);
      return this;
    }
  }
}
