package dev.keepwarm.local;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The user's own functions, which run beside Keepwarm's on the embedded stack. Each is a process
 * with Lambda's Runtime API. Documented in {@code docs/embedded-stack.md}. Immutable.
 */
final class FunctionsFile {
  private static final Set<String> FIELDS =
      Set.of("command", "directory", "handler", "environment", "timeoutSeconds");
  private static final long DEFAULT_TIMEOUT_SECONDS = 30;
  private static final long MAX_TIMEOUT_SECONDS = 900;

  private final List<OwnFunction> functions;

  private FunctionsFile(List<OwnFunction> functions) {
    this.functions = List.copyOf(functions);
  }

  /**
   * One function.
   *
   * @param command program and arguments
   * @param directory the working directory
   * @param handler the variable {@code _HANDLER}
   * @param environment its own variables, which may contain secrets
   */
  record OwnFunction(
      String name,
      List<String> command,
      Path directory,
      @Nullable String handler,
      Map<String, String> environment,
      Duration timeout) {
    @Override
    public String toString() {
      return "OwnFunction[" + name + "]";
    }
  }

  /**
   * Reads a file; directories in it are relative to the file's own.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION}; names the field and says
   *     what it must be
   */
  static FunctionsFile read(Path file) throws IOException {
    return parse(Files.readString(file), file.toAbsolutePath().getParent());
  }

  /** The functions of a JSON text. */
  static FunctionsFile parse(String json, @Nullable Path directory) {
    Map<String, @Nullable Object> root;
    try {
      root = Json.parseObject(json);
    } catch (KeepwarmException e) {
      throw invalid("the file", "must be a JSON object");
    }
    if (!root.keySet().equals(Set.of("functions"))
        || !(root.get("functions") instanceof Map<?, ?> named)) {
      throw invalid("the file", "must have exactly one field, functions, which is an object");
    }
    List<OwnFunction> functions = new ArrayList<>();
    named.forEach(
        (name, function) -> functions.add(function(String.valueOf(name), function, directory)));
    return new FunctionsFile(functions);
  }

  /** All functions, in the file's order. */
  List<OwnFunction> functions() {
    return functions;
  }

  private static OwnFunction function(
      String name, @Nullable Object value, @Nullable Path directory) {
    if (!name.matches("[A-Za-z0-9_-]{1,64}")) {
      throw invalid(
          "a function's name", "must have 1 to 64 letters, digits, hyphens and underscores");
    }
    String field = "functions." + name;
    if (!(value instanceof Map<?, ?> fields) || !FIELDS.containsAll(fields.keySet())) {
      throw invalid(
          field, "must be an object with only these fields: " + FIELDS.stream().sorted().toList());
    }
    List<String> command = texts(field + ".command", fields.get("command"));
    if (command.isEmpty()) {
      throw invalid(field + ".command", "must be a list of strings: the program and its arguments");
    }
    String handler = textOrNull(field + ".handler", fields.get("handler"));
    String from = textOrNull(field + ".directory", fields.get("directory"));
    Path here = directory == null ? Path.of("") : directory;
    return new OwnFunction(
        name,
        command,
        from == null ? here : here.resolve(from),
        handler,
        environment(field + ".environment", fields.get("environment")),
        timeout(field + ".timeoutSeconds", fields.get("timeoutSeconds")));
  }

  private static List<String> texts(String field, @Nullable Object value) {
    List<String> texts = new ArrayList<>();
    for (Object element : value instanceof List<?> list ? list : List.of()) {
      if (!(element instanceof String text)) {
        throw invalid(field, "must be a list of strings: the program and its arguments");
      }
      texts.add(text);
    }
    return texts;
  }

  private static @Nullable String textOrNull(String field, @Nullable Object value) {
    if (value != null && !(value instanceof String)) {
      throw invalid(field, "must be a string");
    }
    return (String) value;
  }

  private static Map<String, String> environment(String field, @Nullable Object value) {
    Map<String, String> environment = new LinkedHashMap<>();
    if (value == null) {
      return environment;
    }
    if (!(value instanceof Map<?, ?> variables)) {
      throw invalid(field, "must be an object with strings");
    }
    variables.forEach((name, text) -> {
      if (!(text instanceof String variable)) {
        throw invalid(field, "must be an object with strings");
      }
      environment.put(String.valueOf(name), variable);
    });
    return environment;
  }

  private static Duration timeout(String field, @Nullable Object value) {
    Object seconds = value == null ? (Object) DEFAULT_TIMEOUT_SECONDS : value;
    if (!(seconds instanceof Long number) || number < 1 || number > MAX_TIMEOUT_SECONDS) {
      throw invalid(field, "must be a whole number from 1 to " + MAX_TIMEOUT_SECONDS);
    }
    return Duration.ofSeconds(number);
  }

  private static KeepwarmException invalid(String field, String rule) {
    return new KeepwarmException(
        ErrorCode.INVALID_CONFIGURATION, "--functions: " + field + " " + rule);
  }
}
