package io.github.tcd4j.cli.options;

import io.github.tcd4j.pipeline.metadata.Seed;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a seed of 64 bits, with a sign or without. */
public final class SeedConverter implements ITypeConverter<Long> {
  @Override
  public Long convert(String text) {
    try {
      return Seed.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
