package dev.keepwarm.reader;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One JSON object of a scenario. Fields that were not read are an error: see {@link #end}. */
final class Fields {
  private final String what;
  private final Map<String, @Nullable Object> fields;
  private final Set<String> unread;

  Fields(String what, Map<String, @Nullable Object> fields) {
    this.what = what;
    this.fields = fields;
    this.unread = new TreeSet<>(fields.keySet());
  }

  boolean has(String name) {
    return fields.containsKey(name);
  }

  @Nullable Object value(String name) {
    unread.remove(name);
    return fields.get(name);
  }

  String text(String name) {
    return as(String.class, name);
  }

  String text(String name, String otherwise) {
    return has(name) ? text(name) : otherwise;
  }

  long number(String name) {
    return as(Long.class, name);
  }

  long number(String name, long otherwise) {
    return has(name) ? number(name) : otherwise;
  }

  @SuppressWarnings("unchecked")
  Fields object(String name) {
    return new Fields(what + "." + name, as(Map.class, name));
  }

  @SuppressWarnings("unchecked")
  List<Fields> objects(String name) {
    return ((List<Map<String, @Nullable Object>>) as(List.class, name))
        .stream().map(each -> new Fields(what + "." + name, each)).toList();
  }

  List<String> texts(String name) {
    return ((List<?>) as(List.class, name)).stream().map(String.class::cast).toList();
  }

  /** The whole object. */
  Map<String, @Nullable Object> all() {
    unread.clear();
    return new HashMap<>(fields);
  }

  /** Fails if the object has fields that were not read. */
  void end() {
    if (!unread.isEmpty()) {
      throw new AssertionError(what + ": does not understand " + unread);
    }
  }

  private <T> T as(Class<T> type, String name) {
    Object value = value(name);
    if (!type.isInstance(value)) {
      throw new AssertionError(what + ": " + name + " is not a " + type.getSimpleName());
    }
    return type.cast(value);
  }

  @Override
  public String toString() {
    return what + " " + fields;
  }
}
