package io.github.tcd4j.server.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.pipeline.lora.ResolvedLora;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.SamplingSettings;
import io.github.tcd4j.pipeline.metadata.Seed;
import java.math.BigInteger;

/** Settings as a request of the jobs API, nothing left open: what was done can be sent again. */
public final class RequestJson {
  private RequestJson() {}

  /**
   * The request of settings.
   *
   * @param count of pictures from the settings' seed on
   */
  public static ObjectNode of(GenerationSettings s, int count) {
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    o.put("model", FileName.stem(s.model().name()));
    o.put("prompt", s.prompt().text());
    if (s.prompt().negative() != null) {
      o.put("negative", s.prompt().negative());
    }
    o.put("syntax", s.prompt().syntax().key());
    if (s.prompt().clipSkip() != null) {
      o.put("clip_skip", s.prompt().clipSkip());
    }
    ArrayNode loras = o.putArray("loras");
    for (ResolvedLora lora : s.loras()) {
      loras.addObject().put("name", FileName.stem(lora.name())).put("weight", lora.weight());
    }
    if (!s.sampler().equals(SamplingSettings.CUSTOM)) {
      o.put("sampler", s.sampler());
    }
    put(o, s.sampling().knobs());
    o.put("guidance", s.guidance());
    if (s.sampling().spacing() != null) {
      o.put("spacing", s.sampling().spacing());
    }
    if (s.sampling().prediction() != null) {
      o.put("prediction", s.sampling().prediction());
    }
    o.put("seed", new BigInteger(Seed.text(s.seed())));
    o.put("count", count);
    put(o, s.input());
    for (ControlSettings c : s.adapters().controls()) {
      // Without its image, as above.
      o.withArray("controls")
          .addObject()
          .put("name", FileName.stem(c.model().name()))
          .put("weight", c.weight())
          .put("start", c.start())
          .put("end", c.end());
    }
    for (ImagePromptSettings p : s.adapters().imagePrompts()) {
      o.withArray("image_prompts")
          .addObject()
          .put("name", FileName.stem(p.model().name()))
          .put("scale", p.scale());
    }
    o.put("width", s.width());
    o.put("height", s.height());
    return o;
  }

  /** The picture itself is not here: sending this again without one is an error. */
  private static void put(ObjectNode o, InputSettings input) {
    if (input.strength() != null) {
      o.put("strength", input.strength());
    }
    if (input.maskBlur() != null) {
      o.put("mask_blur", input.maskBlur());
    }
    if (input.imageGuidance() != null) {
      o.put("image_guidance", input.imageGuidance());
    }
    Upscaling up = input.upscaling();
    if (up != null) {
      ObjectNode part = o.putObject("upscale").put("scale", up.factor());
      if (up.windowed()) {
        part.put("tile", up.window()).put("overlap", up.shared());
      }
      if (up.noiseLevel() != null) {
        part.put("noise_level", up.noiseLevel());
      }
    }
  }

  private static void put(ObjectNode o, SamplerSettings knobs) {
    if (knobs.timesteps() != null) {
      knobs.timesteps().forEach(o.putArray("timesteps")::add);
    } else {
      o.put("steps", knobs.count());
    }
    if (knobs.gamma() instanceof Gamma.Constant constant) {
      o.put("gamma", constant.value());
    } else if (knobs.gamma() != null) {
      knobs.gamma().values().forEach(o.putArray("gamma")::add);
    }
    if (knobs.eta() != null) {
      o.put("eta", knobs.eta());
    }
  }
}
