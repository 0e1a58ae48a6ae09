package io.github.tcd4j.models.vae;

import io.github.tcd4j.tensor.Tensor;

/** A network between pixels and latents. */
public sealed interface Autoencoder permits AutoencoderKL, AutoencoderTiny {
  AutoencoderConfig config();

  /** Latents (B, C, h, w), divided by the scaling factor, to pixels about in [-1, 1], float32. */
  Tensor decode(Tensor z);

  /** The same network, working in tiles on large pictures where it can. */
  Autoencoder tiled();
}
