package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.GroupNorm;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The denoising U-Net of Stable Diffusion 1.x, 2.x, XL and of the x4 upscaler, with the keys of
 * diffusers' {@code UNet2DConditionModel}. What its output means (noise, v, x0) is the business of
 * its scheduler configuration.
 *
 * <pre>{@code
 * UNet2DConditionModel unet = UNet2DConditionModel.of(Weights.of(checkpoint), config);
 * Tensor noise = unet.forward(latents, times, Conditioning.text(tokens), Adapters.NONE);
 * }</pre>
 */
public final class UNet2DConditionModel {
  private final UNet2DConditionConfig config;
  private final List<LayerShape> layers;
  private final UNetEncoder encoder;
  private final List<UpBlock> upBlocks = new ArrayList<>();
  private final List<CrossAttention> crossAttentions = new ArrayList<>();
  private final List<CrossAttention> furtherAttentions;
  private final GroupNorm convNormOut;
  private final Conv2d convOut;

  private UNet2DConditionModel(Weights weights, UNet2DConditionConfig config) {
    this.config = config;
    Map<String, Tensor> read = new LinkedHashMap<>();
    Weights w = weights.recording(read);
    List<BlockSpec> levels = BlockSpec.of(config);
    int n = levels.size();
    long first = levels.get(0).channels();
    int out = config.convOutKernel();
    encoder = UNetEncoder.of(w, config);
    for (int i = n - 1; i >= 0; i--) {
      long below = levels.get(Math.min(n - 1, i + 1)).channels();
      long skip = levels.get(Math.max(0, i - 1)).channels();
      Weights place = w.at("up_blocks").at(n - 1 - i);
      upBlocks.add(UpBlock.of(place, below, levels.get(i), skip, i == 0, config));
    }
    convNormOut =
        GroupNorm.of(w.at("conv_norm_out"), config.normNumGroups(), first, config.normEps());
    convOut = Conv2d.of(w.at("conv_out"), first, config.outChannels(), out, 1, (out - 1) / 2);
    layers = LayerShape.of(read);
    List<TransformerBlock> up =
        upBlocks.stream()
            .flatMap(b -> b.attentions().stream())
            .flatMap(a -> a.blocks().stream())
            .toList();
    crossAttentions.addAll(encoder.downCrossAttentions());
    up.forEach(b -> crossAttentions.add(b.text()));
    crossAttentions.addAll(encoder.midCrossAttentions());
    furtherAttentions = UNetEncoder.further(Stream.concat(encoder.transformers(), up.stream()));
  }

  public static UNet2DConditionModel of(Weights w, UNet2DConditionConfig config) {
    return new UNet2DConditionModel(w, config);
  }

  public UNet2DConditionConfig config() {
    return config;
  }

  /** Channels of each of {@link #features}. */
  public List<Integer> featureChannels() {
    List<Integer> channels = new ArrayList<>(config.blockOutChannels());
    if (config.midBlock()) {
      channels.add(channels.get(channels.size() - 1));
    }
    return channels;
  }

  /** The linear layers and convolutions, to which {@link Adapters} can apply. */
  public List<LayerShape> layers() {
    return layers;
  }

  /**
   * The network's output for noisy latents, float32.
   *
   * @param x (B, C, H, W); any size, also odd
   * @param t (B) network times, integer or float
   * @param c B rows
   */
  public Tensor forward(Tensor x, Tensor t, Conditioning c, Adapters adapters) {
    return forward(x, t, UNetEncoder.inEachCall(c, adapters));
  }

  /** The number of cross-attention layers, each of which can have {@link ImagePrompts}. */
  public int crossAttentions() {
    return crossAttentions.size();
  }

  /**
   * What is the same at every step, done once.
   *
   * @param c rows for each of the calls to come
   */
  public PreparedConditioning prepare(Conditioning c, Adapters adapters) {
    return prepare(c, adapters, ImagePrompts.NONE);
  }

  /** The same with pictures as prompts, of as many rows. */
  public PreparedConditioning prepare(Conditioning c, Adapters adapters, ImagePrompts images) {
    return UNetEncoder.prepared(crossAttentions, furtherAttentions, c, adapters, images);
  }

  /**
   * {@link #forward} with a conditioning that {@link #prepare} computed; where that is {@link
   * PreparedConditioning#inFrames in frames}, x has as many rows more than t.
   */
  public Tensor forward(Tensor x, Tensor t, PreparedConditioning conditioning) {
    Adapters adapters = conditioning.adapters;
    Tensor emb = encoder.embed(x, t, conditioning);
    UNetEncoder.Features features = encoder.encode(x, emb, conditioning, null);
    Tensor middle = conditioning.added.mid();
    Tensor h = middle == null ? features.mid() : features.mid().plus(middle);
    ArrayDeque<Tensor> skips = skips(features.skips(), conditioning.added.skips());
    for (int i = 0; i < upBlocks.size(); i++) {
      InsertedLayers.InBlock inserted = conditioning.inserted.up(i);
      h = upBlocks.get(i).forward(h, emb, conditioning.seen, inserted, skips, adapters);
    }
    return answer(h, adapters);
  }

  /** The last one on top. */
  private static ArrayDeque<Tensor> skips(List<Tensor> skips, List<Tensor> added) {
    if (!added.isEmpty() && added.size() != skips.size()) {
      throw new IllegalArgumentException(
          ("this U-Net has " + skips.size() + " skip connections but got residuals for ")
              + added.size());
    }
    ArrayDeque<Tensor> stack = new ArrayDeque<>();
    for (int i = 0; i < skips.size(); i++) {
      stack.push(added.isEmpty() ? skips.get(i) : skips.get(i).plus(added.get(i)));
    }
    return stack;
  }

  /**
   * The last layers leave mixed precision: what they round is what the answer lacks, and at the
   * noisiest times x0 multiplies it by more than ten.
   */
  private Tensor answer(Tensor h, Adapters adapters) {
    try (Autograd.FullPrecision full = Autograd.fullPrecision()) {
      Tensor normed = convNormOut.forward(h.to(convOut.arithmetic()), adapters);
      return convOut.forward(Functional.silu(normed), adapters).to(DType.F32);
    }
  }

  /**
   * Features of the encoder for noisy latents: the output of each down block, (B, C_i, H_i, W_i),
   * and last that of the middle block where there is one. Arguments as in {@link #forward}.
   */
  public List<Tensor> features(Tensor x, Tensor t, Conditioning c, Adapters adapters) {
    UNetEncoder.Features features =
        encoder.forward(x, t, UNetEncoder.inEachCall(c, adapters), null);
    List<Tensor> all = new ArrayList<>(features.levels());
    if (config.midBlock()) {
      all.add(features.mid());
    }
    return all;
  }
}
