package dev.keepwarm.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A count from 1 to 1,000,000. Errors name the allowed range, not the given value. */
final class CountConverter implements ITypeConverter<Integer> {
  @Override
  public Integer convert(String value) {
    if (value.matches("[1-9]\\d{0,5}|1000000")) {
      return Integer.valueOf(value);
    }
    throw new TypeConversionException("must be a whole number from 1 to 1000000");
  }
}
