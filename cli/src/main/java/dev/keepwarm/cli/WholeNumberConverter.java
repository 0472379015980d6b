package dev.keepwarm.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of up to 15 digits. Errors name the allowed values, not the given one. */
final class WholeNumberConverter implements ITypeConverter<Long> {
  @Override
  public Long convert(String value) {
    if (value.matches("\\d{1,15}")) {
      return Long.valueOf(value);
    }
    throw new TypeConversionException("must be a whole number");
  }
}
