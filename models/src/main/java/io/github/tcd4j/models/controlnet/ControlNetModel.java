package io.github.tcd4j.models.controlnet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.AdditionalResiduals;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.PreparedConditioning;
import io.github.tcd4j.models.unet.UNetEncoder;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A copy of a U-Net's encoder that sees a hint as well, and adds its features through convolutions
 * that start at zero (diffusers' {@code ControlNetModel}).
 *
 * <pre>
 * h = encoder(conv_in(x) + embed(hint));  residual_i = scale_i conv1x1_i(h_i)
 * </pre>
 */
public final class ControlNetModel {
  private final ControlNetConfig config;
  private final UNetEncoder encoder;
  private final ConditioningEmbedding embedding;
  private final List<Conv2d> downBlocks = new ArrayList<>();
  private final Conv2d midBlock;

  private ControlNetModel(Weights w, ControlNetConfig config) {
    this.config = config;
    encoder = UNetEncoder.of(w, config.encoder(), config.middleAttention());
    List<Integer> blocks = config.encoder().blockOutChannels();
    int first = blocks.get(0);
    embedding =
        ConditioningEmbedding.of(
            w.at("controlnet_cond_embedding"),
            config.conditioningChannels(),
            config.embeddingChannels(),
            first);
    List<Integer> channels = UNetEncoder.skipChannels(config.encoder());
    for (int i = 0; i < channels.size(); i++) {
      int c = channels.get(i);
      downBlocks.add(Conv2d.zeroInit(w.at("controlnet_down_blocks").at(i), c, c, 1));
    }
    int last = blocks.get(blocks.size() - 1);
    midBlock = Conv2d.zeroInit(w.at("controlnet_mid_block"), last, last, 1);
  }

  public static ControlNetModel of(Weights w, ControlNetConfig config) {
    return new ControlNetModel(w, config);
  }

  public ControlNetConfig config() {
    return config;
  }

  /**
   * A hint as features, which are the same at every step.
   *
   * @param hint (B, channels, H, W), red, green, blue in [0, 1], H and W as the picture's
   * @return (B, C0, h, w)
   */
  public Tensor embed(Tensor hint) {
    return embedding.forward(config.bgr() ? hint.flip(1) : hint, Adapters.NONE);
  }

  /**
   * The text's keys and values, which are the same at every step. A ControlNet knows no embedding
   * of guidance, and none of the destination s.
   */
  public PreparedConditioning prepare(Conditioning c) {
    return encoder.prepare(own(c), Adapters.NONE);
  }

  private static Conditioning own(Conditioning c) {
    return new Conditioning(c.tokens(), c.pooled(), c.timeIds(), null, null);
  }

  /** {@link #forward} for one call, or for training. */
  public AdditionalResiduals forward(
      Tensor x, Tensor t, Conditioning c, Tensor hint, double scale, boolean guess) {
    return forward(x, t, UNetEncoder.inEachCall(own(c), Adapters.NONE), embed(hint), scale, guess);
  }

  /**
   * The residuals for noisy latents.
   *
   * @param x (B, C, h, w) as the U-Net gets them, of which the first channels count where it has
   *     more
   * @param t (B) network times
   * @param c of {@link #prepare}
   * @param features of {@link #embed}, B rows or 1
   * @param scale factor on all of them
   * @param guess whether shallow residuals count less, from 0.1 to 1 in equal ratios; has no effect
   *     where residuals are pooled
   */
  public AdditionalResiduals forward(
      Tensor x, Tensor t, PreparedConditioning c, Tensor features, double scale, boolean guess) {
    int channels = config.encoder().inChannels();
    Tensor latents = x.size(1) > channels ? x.narrow(1, 0, channels) : x;
    UNetEncoder.Features h = encoder.forward(latents, t, c, features);
    int n = downBlocks.size();
    List<Tensor> skips = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      skips.add(residual(downBlocks.get(i), h.skips().get(i), weight(i, scale, guess)));
    }
    return AdditionalResiduals.ofControl(
        skips, residual(midBlock, h.mid(), weight(n, scale, guess)));
  }

  /** Of residual i of n, the middle block's being the last, number n. */
  private double weight(int i, double scale, boolean guess) {
    if (!guess || config.globalPool()) {
      return scale;
    }
    return scale * Math.pow(10, -1 + (double) i / downBlocks.size());
  }

  private Tensor residual(Conv2d conv, Tensor feature, double weight) {
    Tensor r = conv.forward(feature, Adapters.NONE).times(weight);
    return config.globalPool() ? r.to(DType.F32).mean(true, 2, 3).to(r.dtype()) : r;
  }
}
