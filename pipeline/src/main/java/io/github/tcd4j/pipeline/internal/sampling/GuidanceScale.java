package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Guidance;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.pipeline.prompt.PromptEncoder;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Diffusers' guidance_scale on a network. A network that embeds its guidance is conditioned on w =
 * scale - 1; on any other a scale above 1 takes a second set of rows, those of the negative prompt,
 * in every step.
 *
 * @param unet of the network
 * @param scale g, at least 0; off at 1 and less
 */
public record GuidanceScale(UNet2DConditionConfig unet, double scale) {
  private boolean embedded() {
    return unet.timeCondProjDim() > 0;
  }

  private boolean inPairs() {
    return scale > 1 && !embedded();
  }

  /**
   * The rows of conditioning for which {@link #of} expects its network: one for each text, or twice
   * as many.
   *
   * @param negative null for none at all
   * @param timeIds the sizes of {@code SizeConditioning}; used by networks of SDXL only
   */
  public Conditioning rows(
      PromptEncoder prompts, List<String> texts, @Nullable String negative, float[] timeIds) {
    Conditioning rows = inPairs() ? prompts.encodePairs(texts, negative) : prompts.encode(texts);
    Device device = rows.tokens().device();
    if (embedded()) {
      rows = rows.withGuidance(Tensor.full(scale - 1, DType.F32, texts.size()).to(device));
    }
    if (unet.textTime()) {
      Tensor one = Tensor.of(timeIds, 1, timeIds.length).to(device);
      rows = rows.withTimeIds(one.repeat(rows.rows(), 1));
    }
    return rows;
  }

  /** The guided network of one that is conditioned on {@link #rows}. */
  public Denoiser of(Denoiser network) {
    return inPairs() ? new Guidance(network).scaled(scale) : network;
  }
}
