package io.github.tcd4j.cli.convert;

import io.github.tcd4j.models.lora.LoraStyle;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the style of a LoRA file to write. */
final class LoraStyleConverter implements ITypeConverter<LoraStyle> {
  static final String NAMES = "peft|kohya|kohya-sgm|diffusers-old";

  private static final Map<String, LoraStyle> STYLES = new LinkedHashMap<>();

  static {
    STYLES.put("peft", LoraStyle.PEFT_DIFFUSERS);
    STYLES.put("kohya", LoraStyle.KOHYA);
    STYLES.put("kohya-sgm", LoraStyle.KOHYA_SGM);
    STYLES.put("diffusers-old", LoraStyle.DIFFUSERS_OLD);
  }

  @Override
  public LoraStyle convert(String text) {
    LoraStyle style = STYLES.get(text);
    if (style == null) {
      throw new TypeConversionException(
          "LoRA style must be one of " + STYLES.keySet() + " but was " + text);
    }
    return style;
  }
}
