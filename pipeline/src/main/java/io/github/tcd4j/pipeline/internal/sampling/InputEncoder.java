package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.files.Notes;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.vae.Autoencoder;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.AutoencoderTiny;
import io.github.tcd4j.models.vae.Posterior;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.input.InputPictures;
import io.github.tcd4j.pipeline.internal.ImageTensors;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/**
 * Pictures to latents. Masks are cut at one half, and the latents' mask takes the pixel at the top
 * left of each latent element, as diffusers' nearest neighbours do.
 *
 * @param networks with the autoencoder
 * @param tiling whether it works in tiles
 */
public record InputEncoder(LoadedModel networks, boolean tiling, Notes notes) {
  /**
   * Encodes the pictures of a request; the result belongs to the open scope.
   *
   * @param scale pixels that one latent element stands for
   */
  public EncodedInput encode(InputPictures input, int scale) {
    try (Scope scope = Scope.inference()) {
      Tensor pixels = pixels(input.image());
      EncodedPicture picture = encoded(pixels);
      EncodedPicture masked = null;
      Tensor mask = null;
      if (input.mask() != null) {
        Image image = input.image();
        Tensor white = Tensor.of(white(input.greyMask()), 1, 1, image.height(), image.width());
        masked = encoded(pixels.times(white.neg().plus(1)));
        mask = scope.keep(everyNth(everyNth(white, 2, scale), 3, scale).to(networks.device));
        masked.keptBy(scope);
      }
      picture.keptBy(scope);
      return new EncodedInput(picture, masked, mask);
    }
  }

  /** The small picture of an upscaler, which reads its pixels; belongs to the open scope. */
  public EncodedInput small(InputPictures input) {
    try (Scope scope = Scope.inference()) {
      Tensor pixels = scope.keep(pixels(input.image()).to(networks.device));
      return new EncodedInput(new EncodedPicture(pixels, null), null, null);
    }
  }

  private static float[] white(byte[] grey) {
    float[] white = new float[grey.length];
    for (int i = 0; i < grey.length; i++) {
      // At least 0.5 of 255, so that 128 is white.
      white[i] = 2 * (grey[i] & 255) >= 255 ? 1 : 0;
    }
    return white;
  }

  private static Tensor everyNth(Tensor t, long d, int n) {
    return t.indexSelect(d, Tensor.arange(t.size((int) d) / n).times(n).to(DType.I64));
  }

  /** (1, 3, H, W) in [-1, 1], as diffusers' image processor: v / 255, then 2 v - 1. */
  private static Tensor pixels(Image image) {
    return ImageTensors.unit(image).times(2).minus(1);
  }

  private EncodedPicture encoded(Tensor pixels) {
    EncodedPicture p = encoded(networks.autoencoder(), pixels);
    if (!p.isFinite()) {
      Autoencoder full = networks.fullVae();
      if (full != null) {
        notes.note("the autoencoder overflowed in half precision; encoding again in float32");
        p = encoded(full, pixels);
        networks.dropVae();
      }
      if (!p.isFinite()) {
        throw new ModelException(
            "the autoencoder made latents of the picture that are not finite; "
                + networks.damage(Component.VAE).orElse("its weights are finite"));
      }
    }
    return p;
  }

  private EncodedPicture encoded(Autoencoder vae, Tensor pixels) {
    Autoencoder shaped = tiling ? vae.tiled() : vae;
    Tensor x = pixels.to(networks.device);
    if (shaped instanceof AutoencoderTiny tiny) {
      return new EncodedPicture(tiny.encode(x), null);
    }
    Posterior p = ((AutoencoderKL) shaped).encode(x);
    return new EncodedPicture(p.mean(), p.logVariance().times(0.5).exp());
  }
}
