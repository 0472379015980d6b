package dev.keepwarm.cli;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Json;
import java.util.Locale;

/** The kind of a value: enough to tell a credential from the output of a wrong key. */
enum ValueKind {
  /** No bytes. */
  EMPTY,
  /** A JSON object. */
  JSON,
  /** Printable text. */
  TEXT,
  /** Printable text on several lines. */
  LINES,
  /** Text with control or unassigned characters. */
  CONTROL,
  /** Not UTF-8. */
  BINARY;

  static ValueKind of(byte[] value) {
    if (value.length == 0) {
      return EMPTY;
    }
    String text = Revealed.text(value);
    if (text == null) {
      return BINARY;
    }
    if (!text.codePoints().allMatch(ValueKind::isPrintable)) {
      return CONTROL;
    }
    if (isJson(text)) {
      return JSON;
    }
    return text.indexOf('\n') < 0 && text.indexOf('\r') < 0 ? TEXT : LINES;
  }

  /** The printed form. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static boolean isPrintable(int c) {
    return c == '\n'
        || c == '\r'
        || c == '\t'
        || !(Character.isISOControl(c) || !Character.isDefined(c) || c == 0xFFFD);
  }

  private static boolean isJson(String text) {
    try {
      return text.stripLeading().startsWith("{") && Json.parseObject(text) != null;
    } catch (KeepwarmException e) {
      return false;
    }
  }
}
