package dev.keepwarm.cli;

import dev.keepwarm.core.internal.Versions;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A version of a credential. Errors name the allowed range, not the given value. */
final class VersionConverter implements ITypeConverter<Long> {
  @Override
  public Long convert(String value) {
    if (value.matches("\\d{1,16}") && Versions.isValid(Long.parseLong(value))) {
      return Long.valueOf(value);
    }
    throw new TypeConversionException("must be a whole number from 0 to " + Versions.MAX);
  }
}
