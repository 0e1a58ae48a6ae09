package io.github.tcd4j.pipeline.metadata;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.input.Outpainting;
import io.github.tcd4j.pipeline.input.Upscaling;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link InputSettings} as a part of {@link SettingsJson}: files by name and hash. */
final class InputJson {
  private InputJson() {}

  static void write(ObjectNode o, InputSettings input) {
    file(o, "image", input.image());
    number(o, "strength", input.strength());
    file(o, "mask", input.mask());
    number(o, "maskBlur", input.maskBlur());
    if (input.outpainting() != null) {
      input.outpainting().sides().forEach(o.putArray("outpaint")::add);
    }
    if (!input.paste()) {
      o.put("paste", false);
    }
    number(o, "imageGuidance", input.imageGuidance());
    Upscaling up = input.upscaling();
    if (up != null) {
      ObjectNode part = o.putObject("upscale").put("scale", up.factor());
      whole(part, "tile", up.tile());
      whole(part, "overlap", up.overlap());
      whole(part, "noiseLevel", up.noiseLevel());
    }
  }

  private static void number(ObjectNode o, String key, @Nullable Double value) {
    if (value != null) {
      o.put(key, value);
    }
  }

  private static void whole(ObjectNode o, String key, @Nullable Integer value) {
    if (value != null) {
      o.put(key, value);
    }
  }

  static void file(ObjectNode o, String key, @Nullable InputFile file) {
    if (file != null) {
      o.putObject(key).put("file", FileName.of(file.file())).put("sha256", file.sha256());
    }
  }

  static InputSettings read(ConfigFields f) {
    if (!f.has("input")) {
      return InputSettings.NONE;
    }
    ConfigFields i = new ConfigFields(f.origin() + ", input", f.node().get("input"));
    return new InputSettings(
            file(i, "image"),
            number(i, "strength"),
            file(i, "mask"),
            number(i, "maskBlur"),
            outpainting(i),
            i.flag("paste", true),
            number(i, "imageGuidance"),
            upscaling(i))
        .checked();
  }

  private static @Nullable Double number(ConfigFields f, String key) {
    return f.has(key) ? Double.valueOf(f.number(key, 0)) : null;
  }

  private static @Nullable Outpainting outpainting(ConfigFields f) {
    if (!f.has("outpaint")) {
      return null;
    }
    List<Integer> sides = f.integers("outpaint", 0);
    if (sides.size() != 4) {
      throw new ConfigException(f.origin() + ": outpaint must be four numbers but is " + sides);
    }
    return new Outpainting(sides.get(0), sides.get(1), sides.get(2), sides.get(3));
  }

  private static @Nullable Upscaling upscaling(ConfigFields f) {
    if (!f.has("upscale")) {
      return null;
    }
    ConfigFields up = new ConfigFields(f.origin() + ", upscale", f.node().get("upscale"));
    return new Upscaling(
        up.number("scale", 0), whole(up, "tile"), whole(up, "overlap"), whole(up, "noiseLevel"));
  }

  private static @Nullable Integer whole(ConfigFields f, String key) {
    return f.has(key) ? Integer.valueOf(f.integer(key, 0)) : null;
  }

  static @Nullable InputFile file(ConfigFields f, String key) {
    if (!f.has(key)) {
      return null;
    }
    JsonNode node = f.node().get(key);
    ConfigFields file = new ConfigFields(f.origin() + ", " + key, node);
    String name = file.text("file", "");
    String hash = file.text("sha256", "");
    if (name.isEmpty() || hash.isEmpty()) {
      throw new ConfigException(file.origin() + " lacks file or sha256");
    }
    return new InputFile(name, hash, null);
  }
}
