package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.pipeline.checkpoint.LowResScheduler;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is drawn before the first step, in the order of diffusers' pipelines: a sample of the
 * encoded picture, the noise, a sample of the encoded masked picture. The third is drawn also where
 * only later draws depend on it. An upscaler draws the noise of its small picture, then that of the
 * latents. Each picture of a batch draws from its own stream.
 *
 * @param clean latents of the picture (B, C, h, w); null where sampling does not use them
 * @param noise (B, C, h, w)
 * @param channels what the U-Net reads next to the latents, (B, more, h, w); null for nothing
 */
public record InputDraws(@Nullable Tensor clean, Tensor noise, @Nullable Tensor channels) {
  /** Of text alone: noise. */
  public static InputDraws noise(NoiseSource source, Device device, long... shape) {
    return new InputDraws(null, source.draw(shape).to(device), null);
  }

  /** The same with other noise in its place. */
  public InputDraws from(Tensor other) {
    return new InputDraws(clean, other, channels);
  }

  /**
   * Of an upscaler: the noise of the small picture, then that of the latents.
   *
   * @param picture its pixels (1, 3, h, w) in [-1, 1]
   * @param level of its noise
   * @param shape of the latents, (B, C, h, w)
   */
  public static InputDraws upscaling(
      LowResScheduler lowRes,
      int level,
      Tensor picture,
      NoiseSource source,
      Device device,
      long... shape) {
    long[] pixels = {shape[0], picture.size(1), picture.size(2), picture.size(3)};
    Tensor small = lowRes.noised(picture.expand(pixels), source.draw(pixels).to(device), level);
    return new InputDraws(null, source.draw(shape).to(device), small);
  }

  /**
   * Of a picture.
   *
   * @param fromNoise whether sampling starts from noise alone
   * @param factor the autoencoder's scaling factor
   */
  public static InputDraws of(
      InputRole role,
      EncodedInput input,
      boolean fromNoise,
      double factor,
      NoiseSource source,
      Device device,
      long... shape) {
    boolean sampled = role == InputRole.START || (role == InputRole.INPAINTING && !fromNoise);
    Tensor clean = sampled ? input.picture().sample(source, shape).times(factor) : null;
    Tensor noise = source.draw(shape).to(device);
    Tensor channels = null;
    if (role == InputRole.EDIT) {
      // diffusers takes the mean, and leaves it unscaled.
      channels = input.picture().mean().expand(shape);
    } else if (input.masked() != null) {
      Tensor masked = input.masked().sample(source, shape).times(factor);
      if (role == InputRole.INPAINTING) {
        Tensor mask = Objects.requireNonNull(input.mask());
        channels = Tensor.cat(1, mask.expand(shape[0], 1, shape[2], shape[3]), masked);
      }
    }
    return new InputDraws(clean, noise, channels);
  }
}
