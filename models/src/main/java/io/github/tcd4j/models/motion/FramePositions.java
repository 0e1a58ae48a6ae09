package io.github.tcd4j.models.motion;

import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;

/**
 * The position of a frame as waves (Vaswani et al. 2017), added to its features:
 *
 * <pre>  pe[p, 2i] = sin(p 10000^(-2i/C)),  pe[p, 2i+1] = cos(p 10000^(-2i/C))</pre>
 *
 * @param table (1, F, C), F the most frames that are known
 */
record FramePositions(Tensor table) {
  private static final double BASE = 10000;

  /** As stored, else by the formula. */
  static FramePositions of(Weights w, long channels, int frames) {
    // A buffer of the authors' files, which diffusers computes anew.
    w.at("attn1").at("pos_encoder").skip("pe");
    w.at("attn2").at("pos_encoder").skip("pe");
    Weights place = w.at("pos_embed");
    return new FramePositions(
        place.has("pe")
            ? place.get("pe", Init.ZEROS, 1, frames, channels)
            : waves(Math.toIntExact(channels), frames).to(w.device()));
  }

  private static Tensor waves(int channels, int frames) {
    float[] values = new float[frames * channels];
    for (int p = 0; p < frames; p++) {
      for (int c = 0; c < channels; c++) {
        // In float32 step by step, as the table that networks were trained with.
        float exponent = (c - c % 2) * (float) (-Math.log(BASE) / channels);
        float angle = p * (float) Math.exp(exponent);
        values[p * channels + c] = (float) (c % 2 == 0 ? Math.sin(angle) : Math.cos(angle));
      }
    }
    return Tensor.of(values, 1, frames, channels);
  }

  /** x (N, F, C) to the same shape. */
  Tensor add(Tensor x) {
    return x.plus(table.narrow(1, 0, x.size(1)).to(x.dtype()));
  }
}
