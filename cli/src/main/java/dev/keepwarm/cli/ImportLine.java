package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Versions;
import dev.keepwarm.engine.SourceRow;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A line of an import. */
sealed interface ImportLine {
  /** The longest ciphertext, in bytes: with the rest it fits in an item of DynamoDB. */
  int MAX_CIPHERTEXT = 256 * 1024;

  /** The fields, all of which a line has. */
  List<String> FIELDS = List.of("tenant", "name", "profile", "ciphertext", "version");

  /** What tenants, names and profiles are made of. */
  String ID = "a string of 1 to 128 characters of A-Z a-z 0-9 . _ : @ / + = -";

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
    Map<String, @Nullable Object> fields;
    try {
      fields = Json.parseObject(line);
    } catch (KeepwarmException e) {
      return new Wrong("not a JSON object");
    }
    if (!FIELDS.containsAll(fields.keySet())) {
      // Its name is not repeated: it may be anything.
      return new Wrong("a field that is none of " + String.join(", ", FIELDS));
    }
    for (String id : List.of("tenant", "name", "profile")) {
      if (!(fields.get(id) instanceof String text) || !CredentialId.isValidPart(text)) {
        return new Wrong(id + ": must be " + ID);
      }
    }
    if (!(fields.get("ciphertext") instanceof String ciphertext)
        || ciphertext.isEmpty()
        || ciphertext.getBytes(StandardCharsets.UTF_8).length > MAX_CIPHERTEXT) {
      return new Wrong("ciphertext: must be a string of 1 to " + MAX_CIPHERTEXT + " bytes");
    }
    if (!(fields.get("version") instanceof Long version) || !Versions.isValid(version)) {
      return new Wrong("version: must be a whole number from 0 to " + Versions.MAX);
    }
    return new Row(
        new SourceRow.Original(
            new CredentialId(text(fields, "tenant"), text(fields, "name")),
            text(fields, "profile"),
            ciphertext,
            version));
  }

  private static String text(Map<String, @Nullable Object> fields, String name) {
    return String.valueOf(fields.get(name));
  }
}
