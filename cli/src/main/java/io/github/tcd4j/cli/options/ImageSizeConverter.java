package io.github.tcd4j.cli.options;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A size in pixels, as {@code 512x768}. */
public record ImageSizeConverter(int width, int height) {
  /** Reads one. */
  public static final class Converter implements ITypeConverter<ImageSizeConverter> {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,5})[xX]([0-9]{1,5})");

    @Override
    public ImageSizeConverter convert(String text) {
      Matcher m = FORM.matcher(text);
      if (!m.matches()) {
        throw new TypeConversionException(
            "size must be WIDTHxHEIGHT, such as 512x768, but was " + text);
      }
      return new ImageSizeConverter(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)));
    }
  }
}
