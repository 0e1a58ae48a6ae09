package io.github.tcd4j.cli.options;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a guidance scale, or {@code off}, which is a scale of 1. */
public final class GuidanceConverter implements ITypeConverter<Double> {
  @Override
  public Double convert(String text) {
    if (text.equals("off")) {
      return 1.0;
    }
    try {
      return Double.valueOf(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("guidance must be a number or off but was " + text);
    }
  }
}
