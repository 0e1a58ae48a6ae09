package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.EditGuidance;
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
 * @param imageScale g_I of an InstructPix2Pix network, at least 1, which with g takes a third set
 *     of rows; null for any other
 * @param noiseLevel the class label of all rows of an upscaler; null for any other
 */
public record GuidanceScale(
    UNet2DConditionConfig unet,
    double scale,
    @Nullable Double imageScale,
    @Nullable Integer noiseLevel) {
  /** Of a network that reads no picture. */
  public GuidanceScale(UNet2DConditionConfig unet, double scale) {
    this(unet, scale, null, null);
  }

  private boolean embedded() {
    return unet.timeCondProjDim() > 0;
  }

  private boolean inPairs() {
    return scale > 1 && !embedded();
  }

  /**
   * The rows of conditioning for which {@link #of} expects its network: one for each text, twice or
   * three times as many.
   *
   * @param negative null for none at all
   * @param timeIds the sizes of {@code SizeConditioning}; used by networks of SDXL only
   */
  public Conditioning rows(
      PromptEncoder prompts, List<String> texts, @Nullable String negative, float[] timeIds) {
    Conditioning rows = inPairs() ? prompts.encodePairs(texts, negative) : prompts.encode(texts);
    if (inTriples()) {
      // Text and picture, the picture alone, neither: the last two have the negative prompt.
      long n = texts.size();
      rows = Conditioning.cat(rows, rows.rows(n, n));
    }
    Device device = rows.tokens().device();
    if (embedded()) {
      rows = rows.withGuidance(Tensor.full(scale - 1, DType.F32, texts.size()).to(device));
    }
    if (unet.textTime()) {
      Tensor one = Tensor.of(timeIds, 1, timeIds.length).to(device);
      rows = rows.withTimeIds(one.repeat(rows.rows(), 1));
    }
    if (noiseLevel != null) {
      rows = rows.withClassLabels(Tensor.full(noiseLevel, DType.I64, rows.rows()).to(device));
    }
    return rows;
  }

  private boolean inTriples() {
    return inPairs() && imageScale != null;
  }

  /**
   * A network that reads channels next to the latents, for as many rows as {@link #rows} has.
   *
   * @param channels one row for each text
   */
  public Denoiser reading(Denoiser network, Tensor channels) {
    Tensor all = channels;
    if (inTriples()) {
      all = Tensor.cat(0, channels, channels, channels.zerosLike());
    } else if (inPairs()) {
      all = Tensor.cat(0, channels, channels);
    }
    return new ChannelDenoiser(network, all);
  }

  /** The guided network of one that is conditioned on {@link #rows}. */
  public Denoiser of(Denoiser network) {
    if (inPairs() && imageScale != null) {
      return new EditGuidance(network, scale, imageScale);
    }
    return inPairs() ? new Guidance(network).scaled(scale) : network;
  }
}
