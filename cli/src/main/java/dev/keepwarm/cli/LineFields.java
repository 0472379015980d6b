package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Versions;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one line of a file, each read as its required type. Every error names the field and
 * the values that it accepts, but never its value, because a file may hold anything.
 */
final class LineFields {
  private static final String ID = "a string of 1 to 128 characters of A-Z a-z 0-9 . _ : @ / + = -";

  private final Map<String, @Nullable Object> fields;

  private LineFields(Map<String, @Nullable Object> fields) {
    this.fields = fields;
  }

  /** An invalid line or field; the message is for people. */
  static final class WrongLine extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    private WrongLine(String problem) {
      super(problem, null, false, false);
    }

    /** The problem. */
    String problem() {
      return String.valueOf(getMessage());
    }
  }

  /**
   * Reads a line.
   *
   * @param allowed the fields that it can have
   * @throws WrongLine if it is not a JSON object, or has another field
   */
  static LineFields parse(String line, List<String> allowed) throws WrongLine {
    Map<String, @Nullable Object> fields;
    try {
      fields = Json.parseObject(line);
    } catch (KeepwarmException e) {
      throw new WrongLine("not a JSON object");
    }
    if (!allowed.containsAll(fields.keySet())) {
      // The unknown field's name is not repeated, because it may be anything.
      throw new WrongLine("unknown field; allowed are " + String.join(", ", allowed));
    }
    return new LineFields(fields);
  }

  /** A tenant, a name or a profile, which is required. */
  String id(String name) throws WrongLine {
    String id = idOrNull(name);
    if (id == null) {
      throw wrong(name, ID);
    }
    return id;
  }

  /** A tenant, a name or a profile; null if the line has none. */
  @Nullable String idOrNull(String name) throws WrongLine {
    Object value = fields.get(name);
    if (value == null || (value instanceof String text && CredentialId.isValidPart(text))) {
      return (String) value;
    }
    throw wrong(name, ID);
  }

  /** A version, which is required. */
  long version(String name) throws WrongLine {
    Long version = versionOrNull(name);
    if (version == null) {
      throw wrongVersion(name);
    }
    return version;
  }

  /** A version; null if the line has none. */
  @Nullable Long versionOrNull(String name) throws WrongLine {
    Object value = fields.get(name);
    if (value == null || (value instanceof Long number && Versions.isValid(number))) {
      return (Long) value;
    }
    throw wrongVersion(name);
  }

  /** A text of 1 to {@code maxBytes} bytes of UTF-8, which is required. */
  String text(String name, int maxBytes) throws WrongLine {
    if (fields.get(name) instanceof String text
        && !text.isEmpty()
        && text.getBytes(StandardCharsets.UTF_8).length <= maxBytes) {
      return text;
    }
    throw wrong(name, "a string of 1 to " + maxBytes + " bytes");
  }

  private static WrongLine wrongVersion(String name) {
    return wrong(name, "a whole number from 0 to " + Versions.MAX);
  }

  private static WrongLine wrong(String name, String allowed) {
    return new WrongLine(name + ": must be " + allowed);
  }
}
