package dev.keepwarm.cli;

import dev.keepwarm.engine.SourceRow;
import org.jspecify.annotations.Nullable;

/** What is asked of a source's rows. */
final class Rows {
  private Rows() {}

  /** A row's version, if that much can be read. */
  static @Nullable Long version(SourceRow row) {
    return switch (row) {
      case SourceRow.Original original -> Long.valueOf(original.version());
      case SourceRow.Unusable unusable -> unusable.version();
    };
  }
}
