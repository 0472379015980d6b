package dev.keepwarm.source;

import org.jspecify.annotations.Nullable;

/**
 * A query whose only parameter is the single element of an {@code IN (…)}. The element is repeated
 * for more values.
 *
 * @param head the query up to the element
 * @param element the element as configured, with its question mark; it may convert the value
 * @param tail the query after the element
 */
record InList(String head, String element, String tail) {
  /** The list of a query; null if the query has no such list, or has another parameter. */
  static @Nullable InList of(String query) {
    int parameter = query.indexOf('?');
    if (parameter < 0 || parameter != query.lastIndexOf('?')) {
      return null;
    }
    // Searches the brackets around the parameter from the inside out: a function has some, too.
    int open = parameter;
    while (true) {
      open = openingBefore(query, open);
      if (open < 0) {
        return null;
      }
      if (isIn(query, open)) {
        int close = closingAfter(query, open);
        return close < 0
            ? null
            : new InList(
                query.substring(0, open + 1),
                query.substring(open + 1, close),
                query.substring(close));
      }
    }
  }

  /** The query for {@code count} values. */
  String forValues(int count) {
    return head + element + (", " + element).repeat(count - 1) + tail;
  }

  /** The last bracket before a place that is still open there; less than 0 if there is none. */
  private static int openingBefore(String query, int place) {
    int depth = 0;
    for (int at = place - 1; at >= 0; at--) {
      char c = query.charAt(at);
      if (c == ')') {
        depth++;
      } else if (c == '(') {
        if (depth == 0) {
          return at;
        }
        depth--;
      }
    }
    return -1;
  }

  private static int closingAfter(String query, int open) {
    int depth = 0;
    for (int at = open; at < query.length(); at++) {
      char c = query.charAt(at);
      if (c == '(') {
        depth++;
      } else if (c == ')') {
        depth--;
        if (depth == 0) {
          return at;
        }
      }
    }
    return -1;
  }

  private static boolean isIn(String query, int open) {
    String before = query.substring(0, open).stripTrailing();
    int length = before.length();
    return length > 2
        && before.regionMatches(true, length - 2, "IN", 0, 2)
        && !Character.isLetterOrDigit(before.charAt(length - 3))
        && before.charAt(length - 3) != '_';
  }
}
