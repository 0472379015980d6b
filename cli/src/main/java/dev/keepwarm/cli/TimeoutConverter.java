package dev.keepwarm.cli;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Environment;
import java.time.Duration;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A timeout, in the notation of the settings. Errors name the allowed values, not the given one.
 */
final class TimeoutConverter implements ITypeConverter<Duration> {
  @Override
  public Duration convert(String value) {
    try {
      return new Environment(Map.of("timeout", value))
          .duration("timeout", Duration.ZERO, Duration.ZERO, Duration.ofDays(1));
    } catch (KeepwarmException e) {
      throw new TypeConversionException("must be a duration up to 1d, such as 30s or 15m");
    }
  }
}
