package dev.keepwarm.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A line of a file of changes. */
sealed interface ChangeLine {
  /** The fields that a line can have. */
  List<String> FIELDS = List.of("tenant", "name", "version");

  /**
   * What is changed.
   *
   * @param name null for all of the tenant's
   * @param version null if the line does not say
   */
  record Change(String tenant, @Nullable String name, @Nullable Long version)
      implements ChangeLine {}

  /**
   * A line that is none.
   *
   * @param problem which field, and what it takes; never what is there
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
