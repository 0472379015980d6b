package dev.keepwarm.cli.cost;

import dev.keepwarm.core.internal.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A price list. Immutable.
 *
 * @param region the Region of the prices
 * @param asOf when they were looked up
 * @param source where they were looked up
 * @param dollars the prices by name
 */
public record Prices(String region, String asOf, String source, Map<String, Double> dollars) {
  /** Copies the map. */
  public Prices {
    dollars = Map.copyOf(dollars);
  }

  /** The list that comes with Keepwarm. */
  public static Prices load() {
    try (InputStream in =
        Objects.requireNonNull(Prices.class.getResourceAsStream("prices.json"), "prices.json")) {
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A list from JSON of the form of {@code prices.json}. */
  static Prices parse(String json) {
    Map<String, @Nullable Object> root = Json.parseObject(json);
    Map<String, Double> dollars = new HashMap<>();
    ((Map<?, ?>) Objects.requireNonNull(root.get("dollars")))
        .forEach(
            (name, price) -> dollars.put(String.valueOf(name), ((Number) price).doubleValue()));
    return new Prices(text(root, "region"), text(root, "asOf"), text(root, "source"), dollars);
  }

  /**
   * One price.
   *
   * @throws NullPointerException if the list has no price of that name, which is a bug
   */
  double of(String name) {
    return Objects.requireNonNull(dollars.get(name), name);
  }

  private static String text(Map<String, @Nullable Object> root, String name) {
    return (String) Objects.requireNonNull(root.get(name), name);
  }
}
