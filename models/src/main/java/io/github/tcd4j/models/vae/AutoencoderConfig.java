package io.github.tcd4j.models.vae;

/** What diffusion needs to know of an autoencoder. */
public sealed interface AutoencoderConfig permits AutoencoderKLConfig, AutoencoderTinyConfig {
  /** Channels of the latents. */
  int latentChannels();

  /** How many pixels, in each direction, one latent element stands for. */
  int downscale();

  /** What latents are multiplied by before diffusion. */
  double scalingFactor();

  /** Whether it overflows float16. */
  boolean forceUpcast();

  /** Elements that are in memory for each pixel where that are most. */
  long mapsPerPixel();

  /** The class of diffusers. */
  String className();

  /** A {@code config.json} that diffusers loads. */
  String toJson();
}
