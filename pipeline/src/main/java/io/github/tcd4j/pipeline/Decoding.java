package io.github.tcd4j.pipeline;

import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.pipeline.ModelFolder.Part;
import io.github.tcd4j.pipeline.image.Image;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Latents to pictures: a few at a time, so that many need no more memory than one large one, and in
 * float32 where half precision overflows.
 */
record Decoding(Networks networks, AutoencoderKLConfig config, boolean tiling, Progress progress) {
  /** Latent positions that are decoded together, unless one picture has more: 512x512 pixels. */
  private static final long AREA = 64 * 64;

  /** One picture for each row of latents (B, C, h, w) as the sampler left them. */
  List<Image> images(Tensor latents) {
    List<Image> images = new ArrayList<>();
    long together = Math.max(1, AREA / (latents.size(2) * latents.size(3)));
    for (long i = 0; i < latents.size(0); i += together) {
      try (Scope scope = Scope.inference()) {
        Tensor some = latents.narrow(0, i, Math.min(together, latents.size(0) - i));
        images.addAll(Image.of(pixels(some.div(config.scalingFactor()))));
      }
    }
    return images;
  }

  private AutoencoderKL shaped(AutoencoderKL vae) {
    return tiling ? vae.tiled() : vae;
  }

  private Tensor pixels(Tensor z) {
    Tensor pixels = Scope.result(() -> shaped(networks.vae()).decode(z));
    if (pixels.isFinite()) {
      return pixels;
    }
    AutoencoderKL full = networks.fullVae();
    if (full != null) {
      progress.note("the autoencoder overflowed in half precision; decoding again in float32");
      Tensor again = Scope.result(() -> shaped(full).decode(z));
      // The next picture may fit into half precision, and has the bits that it would have alone.
      networks.dropVae();
      if (again.isFinite()) {
        return again;
      }
    }
    throw new PipelineException(
        "the autoencoder made numbers that are not finite; "
            + networks
                .damage(Part.VAE)
                .orElse("its weights are finite, so the latents are far outside of what it knows"));
  }
}
