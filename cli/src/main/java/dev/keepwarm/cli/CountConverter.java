package dev.keepwarm.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of things, 1 to 1,000,000. Says what is allowed, not what was given. */
final class CountConverter implements ITypeConverter<Integer> {
  @Override
  public Integer convert(String value) {
    if (value.matches("[1-9]\\d{0,5}|1000000")) {
      return Integer.valueOf(value);
    }
    throw new TypeConversionException("must be a whole number from 1 to 1000000");
  }
}
