package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Versions;
import java.util.List;
import java.util.Map;
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
    if (!(fields.get("tenant") instanceof String tenant) || !CredentialId.isValidPart(tenant)) {
      return new Wrong("tenant: must be " + ImportLine.ID);
    }
    Object name = fields.get("name");
    if (name != null && !(name instanceof String text && CredentialId.isValidPart(text))) {
      return new Wrong("name: must be " + ImportLine.ID);
    }
    Object version = fields.get("version");
    if (version != null && !(version instanceof Long number && Versions.isValid(number))) {
      return new Wrong("version: must be a whole number from 0 to " + Versions.MAX);
    }
    return new Change(tenant, (String) name, (Long) version);
  }
}
