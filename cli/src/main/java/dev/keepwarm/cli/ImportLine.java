package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.engine.SourceRow;
import java.util.List;

/** A line of an import. */
sealed interface ImportLine {
  /** The longest ciphertext, in bytes: the whole row fits in an item of DynamoDB. */
  int MAX_CIPHERTEXT = 256 * 1024;

  /** The fields of a line; all are required. */
  List<String> FIELDS = List.of("tenant", "name", "profile", "ciphertext", "version");

  /** A row to be written. */
  record Row(SourceRow.Original original) implements ImportLine {}

  /**
   * An invalid line.
   *
   * @param problem the field and the values that it accepts; never its value
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
