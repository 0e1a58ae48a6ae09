package io.github.tcd4j.models.blip;

import io.github.tcd4j.models.layers.Weights;

/** Both transformers of BLIP without the projections of its training. */
public record BlipModel(BlipVisionModel vision, BlipTextModel text) {
  /** Reads {@code visual_encoder} and {@code text_encoder}. */
  public static BlipModel of(Weights w, BlipConfig config) {
    for (String projection : new String[] {"vision_proj", "text_proj"}) {
      w.at(projection).skip("weight");
      w.at(projection).skip("bias");
    }
    return new BlipModel(
        BlipVisionModel.of(w.at("visual_encoder"), config),
        BlipTextModel.of(w.at("text_encoder"), config));
  }
}
