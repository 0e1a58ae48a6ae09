package io.github.tcd4j.pipeline.internal;

import io.github.tcd4j.files.Notes;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.vae.Autoencoder;
import io.github.tcd4j.models.vae.AutoencoderConfig;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Latents to pictures: a few at a time, so that many need no more memory than one large one, and in
 * float32 where half precision overflows.
 */
public record LatentDecoder(
    LoadedModel networks, AutoencoderConfig config, boolean tiling, Notes notes) {
  /** Latent positions that are decoded together, unless one picture has more: 512x512 pixels. */
  private static final long AREA = 64 * 64;

  /** One picture for each row of latents (B, C, h, w) as the sampler left them. */
  public List<Image> images(Tensor latents) {
    List<List<Image>> images = new ArrayList<>();
    List<Integer> overflowed = new ArrayList<>();
    long together = Math.max(1, AREA / (latents.size(2) * latents.size(3)));
    int portions = Math.toIntExact((latents.size(0) + together - 1) / together);
    for (int i = 0; i < portions; i++) {
      List<Image> some = images(networks.autoencoder(), latents, i * together, together);
      images.add(some);
      if (some.isEmpty()) {
        overflowed.add(i);
      }
    }
    if (!overflowed.isEmpty()) {
      Autoencoder full = networks.fullVae();
      if (full != null) {
        notes.note("the autoencoder overflowed in half precision; decoding again in float32");
      }
      for (int i : overflowed) {
        images.set(i, full == null ? List.of() : images(full, latents, i * together, together));
        if (images.get(i).isEmpty()) {
          throw new ModelException(
              "the autoencoder made numbers that are not finite; "
                  + networks
                      .damage(Component.VAE)
                      .orElse(
                          "its weights are finite, so the latents are far outside of what it"
                              + " knows"));
        }
      }
      // The next pictures may fit into half precision, and have the bits that they would have
      // alone.
      networks.dropVae();
    }
    return images.stream().flatMap(List::stream).toList();
  }

  /** Those of the rows from {@code start} on; none where a pixel is not finite. */
  private List<Image> images(Autoencoder vae, Tensor latents, long start, long most) {
    try (Scope scope = Scope.inference()) {
      Tensor z = latents.narrow(0, start, Math.min(most, latents.size(0) - start));
      Autoencoder shaped = tiling ? vae.tiled() : vae;
      Tensor pixels = Scope.result(() -> shaped.decode(z.div(config.scalingFactor())));
      return pixels.isFinite() ? ImageTensors.toImages(pixels) : List.of();
    }
  }
}
