package dev.keepwarm.decryptor.profile;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Typed reading of an object in the profiles' file. Every error is {@link
 * ErrorCode#INVALID_CONFIGURATION}. It names the field and the values that it accepts, but not its
 * value.
 *
 * @param path where the object is in the file; empty for the file itself
 */
record ProfileFields(String path, Map<String, @Nullable Object> fields) {
  /**
   * A value as an object.
   *
   * @param path where it is
   */
  static ProfileFields of(String path, @Nullable Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      throw new KeepwarmException(ErrorCode.INVALID_CONFIGURATION, path + " must be an object");
    }
    // The keys of an object that Json reads are texts.
    @SuppressWarnings("unchecked")
    Map<String, @Nullable Object> fields = (Map<String, @Nullable Object>) map;
    return new ProfileFields(path, fields);
  }

  void refuseUnknown(Set<String> known) {
    for (String name : fields.keySet()) {
      if (!known.contains(name)) {
        throw invalid(name, "is unknown; must be one of " + new TreeSet<>(known));
      }
    }
  }

  boolean has(String name) {
    return fields.containsKey(name);
  }

  @Nullable Object value(String name) {
    return fields.get(name);
  }

  ProfileFields object(String name) {
    return of(full(name), fields.get(name));
  }

  String text(String name, String allowed) {
    if (!(fields.get(name) instanceof String text)) {
      throw invalid(name, "must be " + allowed);
    }
    return text;
  }

  String text(String name, String otherwise, String allowed) {
    return has(name) ? text(name, allowed) : otherwise;
  }

  String choice(String name, String otherwise, List<String> allowed) {
    String words = "one of " + String.join(", ", allowed);
    String text = text(name, otherwise, words);
    if (!allowed.contains(text)) {
      throw invalid(name, "must be " + words);
    }
    return text;
  }

  int integer(String name, int otherwise, int least, int most) {
    if (!has(name)) {
      return otherwise;
    }
    if (!(fields.get(name) instanceof Long number) || number < least || number > most) {
      throw invalid(name, "must be a whole number from " + least + " to " + most);
    }
    return number.intValue();
  }

  Set<String> texts(String name) {
    if (!has(name)) {
      return Set.of();
    }
    if (!(fields.get(name) instanceof List<?> list)) {
      throw invalid(name, "must be a list of strings");
    }
    Set<String> texts = new TreeSet<>();
    for (Object element : list) {
      if (!(element instanceof String text)) {
        throw invalid(name, "must be a list of strings");
      }
      texts.add(text);
    }
    return texts;
  }

  KeepwarmException invalid(String name, String problem) {
    return new KeepwarmException(ErrorCode.INVALID_CONFIGURATION, full(name) + " " + problem);
  }

  private String full(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
