package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.engine.SourceRow;
import java.util.List;

/** A line of an import. */
sealed interface ImportLine {
  /** The longest ciphertext, in bytes: with the rest it fits in an item of DynamoDB. */
  int MAX_CIPHERTEXT = 256 * 1024;

  /** The fields, all of which a line has. */
  List<String> FIELDS = List.of("tenant", "name", "profile", "ciphertext", "version");

  /** A row to be written. */
  record Row(SourceRow.Original original) implements ImportLine {}

  /**
   * A line that is no row.
   *
   * @param problem which field, and what it takes; never what is there
   */
  record Wrong(String problem) implements ImportLine {}

  /** Reads a line. */
  static ImportLine parse(String line) {
    try {
      LineFields fields = LineFields.parse(line, FIELDS);
      CredentialId id = new CredentialId(fields.id("tenant"), fields.id("name"));
      return new Row(
          new SourceRow.Original(
              id,
              fields.id("profile"),
              fields.text("ciphertext", MAX_CIPHERTEXT),
              fields.version("version")));
    } catch (LineFields.WrongLine e) {
      return new Wrong(e.problem());
    }
  }
}
