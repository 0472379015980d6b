package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads settings from environment variables. An empty variable counts as absent. Errors name the
 * variable and say what it must be, and never repeat its value.
 */
public final class Environment {
  private static final Pattern SHORT = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

  private final Map<String, String> variables;

  /** Reads from these variables. */
  public Environment(Map<String, String> variables) {
    this.variables = Map.copyOf(variables);
  }

  /** A string of at most 2048 characters, or the default. */
  public String text(String name, String otherwise) {
    String value = optional(name);
    if (value == null) {
      return otherwise;
    }
    if (value.length() > 2048) {
      throw invalid(name, "a string of at most 2048 characters");
    }
    return value;
  }

  /** A string, or null. */
  public @Nullable String optional(String name) {
    String value = variables.get(name);
    return value == null || value.isEmpty() ? null : value;
  }

  /** A whole number within bounds, or the default. */
  public int integer(String name, int otherwise, int least, int most) {
    String value = optional(name);
    if (value == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below.
    }
    throw invalid(name, "a whole number from " + least + " to " + most);
  }

  /**
   * A duration within bounds, as {@code 500ms}, {@code 30s}, {@code 15m}, {@code 2h}, {@code 1d},
   * {@code PT15M} or 0.
   */
  public Duration duration(String name, Duration otherwise, Duration least, Duration most) {
    String value = optional(name);
    if (value == null) {
      return otherwise;
    }
    Duration duration = parse(value);
    if (duration == null || duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
      throw invalid(name, "a duration from " + least + " to " + most + ", such as 30s or 15m");
    }
    return duration;
  }

  /** One of the constants of an enum in lower case, or the default. */
  public <E extends Enum<E>> E choice(String name, E otherwise) {
    String value = optional(name);
    if (value == null) {
      return otherwise;
    }
    StringBuilder allowed = new StringBuilder("one of");
    for (E constant : otherwise.getDeclaringClass().getEnumConstants()) {
      String lower = constant.name().toLowerCase(Locale.ROOT);
      if (lower.equals(value)) {
        return constant;
      }
      allowed.append(' ').append(lower);
    }
    throw invalid(name, allowed.toString());
  }

  /** {@code true} or {@code false}, or the default. */
  public boolean flag(String name, boolean otherwise) {
    String value = optional(name);
    if (value == null) {
      return otherwise;
    }
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> throw invalid(name, "true or false");
    };
  }

  private static @Nullable Duration parse(String value) {
    if (value.equals("0")) {
      return Duration.ZERO;
    }
    Matcher matcher = SHORT.matcher(value);
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "ms" -> Duration.ofMillis(number);
        case "s" -> Duration.ofSeconds(number);
        case "m" -> Duration.ofMinutes(number);
        case "h" -> Duration.ofHours(number);
        default -> Duration.ofDays(number);
      };
    }
    try {
      return Duration.parse(value);
    } catch (DateTimeParseException | ArithmeticException e) {
      return null;
    }
  }

  private static KeepwarmException invalid(String name, String allowed) {
    return new KeepwarmException(ErrorCode.INVALID_CONFIGURATION, name + ": must be " + allowed);
  }
}
