package dev.keepwarm.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A line of a file of changes. */
sealed interface ChangeLine {
  /** The fields that a line can have. */
  List<String> FIELDS = List.of("tenant", "name", "version");

  /**
   * A change.
   *
   * @param name null for all credentials of the tenant
   * @param version null if the line has none
   */
  record Change(String tenant, @Nullable String name, @Nullable Long version)
      implements ChangeLine {}

  /**
   * An invalid line.
   *
   * @param problem the field and the values that it accepts; never its value
   */
  record Wrong(String problem) implements ChangeLine {}

  /** Reads a line. */
  static ChangeLine parse(String line) {
    try {
      LineFields fields = LineFields.parse(line, FIELDS);
      return new Change(
          fields.id("tenant"), fields.idOrNull("name"), fields.versionOrNull("version"));
    } catch (LineFields.WrongLine e) {
      return new Wrong(e.problem());
    }
  }
}
