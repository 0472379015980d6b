package dev.keepwarm.cli;

import dev.keepwarm.engine.SourceRow;
import org.jspecify.annotations.Nullable;

/** Helpers for a source's rows. */
final class Rows {
  private Rows() {}

  /** A row's version; null if it cannot be read. */
  static @Nullable Long version(SourceRow row) {
    return switch (row) {
      case SourceRow.Original original -> Long.valueOf(original.version());
      case SourceRow.Unusable unusable -> unusable.version();
    };
  }
}
