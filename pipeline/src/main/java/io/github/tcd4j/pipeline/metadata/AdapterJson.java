package io.github.tcd4j.pipeline.metadata;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.ControlType;
import io.github.tcd4j.pipeline.adapter.HintNetwork;
import io.github.tcd4j.pipeline.adapter.HintPicture;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import io.github.tcd4j.pipeline.adapter.MotionSettings;
import io.github.tcd4j.pipeline.input.InputFile;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link AdapterSettings} as a part of {@link SettingsJson}: files by name and hash. */
final class AdapterJson {
  private AdapterJson() {}

  static void write(ObjectNode o, AdapterSettings adapters) {
    for (ControlSettings c : adapters.controls()) {
      ObjectNode control = o.withArray("controls").addObject();
      model(control.putObject("model"), c.model());
      if (c.type() != null) {
        control.put("type", c.type().key());
      }
      InputJson.file(control, "hint", c.hint().file());
      if (c.hint().canny() != null) {
        control.putArray("canny").add(c.hint().canny().low()).add(c.hint().canny().high());
      }
      if (c.hint().network() != null) {
        model(control.putObject(c.hint().network().kind().key()), c.hint().network().model());
      }
      control.put("weight", c.weight()).put("start", c.start()).put("end", c.end());
    }
    if (adapters.guess()) {
      o.put("guess", true);
    }
    for (ImagePromptSettings p : adapters.imagePrompts()) {
      ObjectNode prompt = o.withArray("imagePrompts").addObject();
      model(prompt.putObject("model"), p.model());
      files(prompt.putArray("pictures"), p.pictures());
      prompt.put("scale", p.scale());
      if (!p.masks().isEmpty()) {
        files(prompt.putArray("masks"), p.masks());
      }
    }
    if (adapters.imageEncoder() != null) {
      model(o.putObject("imageEncoder"), adapters.imageEncoder());
    }
    if (adapters.motion() != null) {
      write(o.putObject("motion"), adapters.motion());
    }
  }

  private static void write(ObjectNode o, MotionSettings motion) {
    model(o.putObject("model"), motion.model());
    o.put("frames", motion.count()).put("fps", motion.fps());
    if (motion.windows() != null) {
      o.put("context", motion.windows().length()).put("overlap", motion.windows().overlap());
    }
    if (motion.freeNoise()) {
      o.put("freeNoise", true);
    }
  }

  private static void files(ArrayNode array, List<InputFile> files) {
    files.forEach(file -> InputJson.file(array.addObject(), "picture", file));
  }

  private static void model(ObjectNode o, AdapterModel model) {
    o.put("name", FileName.of(model.name())).put("sha256", model.sha256());
  }

  static AdapterSettings read(ConfigFields f) {
    if (!f.has("adapters")) {
      return AdapterSettings.NONE;
    }
    ConfigFields a = new ConfigFields(f.origin() + ", adapters", f.node().get("adapters"));
    List<ControlSettings> controls = new ArrayList<>();
    for (JsonNode node : a.node().path("controls")) {
      ConfigFields c = new ConfigFields(a.origin() + ", controls", node);
      controls.add(
          new ControlSettings(
              model(c),
              c.has("type") ? ControlType.of(c.text("type", "")) : null,
              hint(c),
              c.number("weight", 1),
              c.number("start", 0),
              c.number("end", 1)));
    }
    List<ImagePromptSettings> prompts = new ArrayList<>();
    for (JsonNode node : a.node().path("imagePrompts")) {
      ConfigFields p = new ConfigFields(a.origin() + ", imagePrompts", node);
      prompts.add(
          new ImagePromptSettings(
              model(p), files(p, "pictures"), p.number("scale", 1), files(p, "masks")));
    }
    return new AdapterSettings(
        controls,
        a.flag("guess", false),
        prompts,
        a.has("imageEncoder") ? model(a, "imageEncoder") : null,
        a.has("motion")
            ? motion(new ConfigFields(a.origin() + ", motion", a.node().get("motion")))
            : null);
  }

  private static MotionSettings motion(ConfigFields f) {
    MotionSettings motion =
        new MotionSettings(model(f))
            .withFrames(f.integer("frames", MotionSettings.USUAL_FRAMES))
            .withFps(f.integer("fps", MotionSettings.USUAL_FPS));
    if (f.has("context")) {
      motion = motion.withWindows(f.integer("context", 0), f.integer("overlap", 0));
    }
    return motion.withFreeNoise(f.flag("freeNoise", false));
  }

  private static List<InputFile> files(ConfigFields f, String key) {
    List<InputFile> files = new ArrayList<>();
    for (JsonNode node : f.node().path(key)) {
      InputFile file = InputJson.file(new ConfigFields(f.origin() + ", " + key, node), "picture");
      if (file == null) {
        throw new ConfigException(f.origin() + ": " + key + " lacks picture");
      }
      files.add(file);
    }
    return files;
  }

  private static AdapterModel model(ConfigFields f) {
    return model(f, "model");
  }

  private static AdapterModel model(ConfigFields f, String key) {
    ConfigFields m = new ConfigFields(f.origin() + ", " + key, f.node().path(key));
    String name = m.text("name", "");
    String hash = m.text("sha256", "");
    if (name.isEmpty() || hash.isEmpty()) {
      throw new ConfigException(m.origin() + " lacks name or sha256");
    }
    return new AdapterModel(name, hash);
  }

  private static HintPicture hint(ConfigFields f) {
    InputFile file = InputJson.file(f, "hint");
    if (file == null) {
      throw new ConfigException(f.origin() + " lacks hint");
    }
    JsonNode canny = f.node().path("canny");
    return new HintPicture(
        file,
        canny.isMissingNode()
            ? null
            : new Canny(canny.path(0).asDouble(), canny.path(1).asDouble()),
        network(f));
  }

  private static @Nullable HintNetwork network(ConfigFields f) {
    for (HintNetwork.Kind kind : HintNetwork.Kind.values()) {
      if (f.has(kind.key())) {
        return new HintNetwork(kind, model(f, kind.key()));
      }
    }
    return null;
  }
}
