package dev.keepwarm.cli.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The files of the page. The server returns no other files. Immutable. */
final class Assets {
  static final String INDEX = "index.html";

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml");

  private static final String[] NAMES = {
    INDEX,
    "app.css",
    "app.js",
    "actions.js",
    "api.js",
    "dom.js",
    "overview.js",
    "queues.js",
    "ring.js",
    "tenant.js",
    "icon.svg",
    "vendor/uplot/uPlot.iife.min.js",
    "vendor/uplot/uPlot.min.css"
  };

  private final Map<String, Asset> assets;

  private Assets(Map<String, Asset> assets) {
    this.assets = assets;
  }

  /** A file and its Content-Type. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Asset(String type, byte[] content) {}

  /** Loads all files. */
  static Assets load() {
    Map<String, Asset> assets = new TreeMap<>();
    for (String name : NAMES) {
      try (InputStream in = Assets.class.getResourceAsStream(name)) {
        if (in == null) {
          throw new IllegalStateException("not packaged: " + name);
        }
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        assets.put(name, new Asset(String.valueOf(type), in.readAllBytes()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return new Assets(assets);
  }

  @Nullable Asset get(String name) {
    return assets.get(name);
  }
}
