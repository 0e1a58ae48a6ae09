package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.GroupNorm;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The denoising U-Net of Stable Diffusion 1.x, 2.x and XL, with the keys of diffusers' {@code
 * UNet2DConditionModel}. What its answer means (noise, v, x0) is the business of its scheduler
 * configuration.
 *
 * <pre>{@code
 * UNet2DConditionModel unet = UNet2DConditionModel.of(Weights.of(checkpoint), config);
 * Tensor noise = unet.forward(latents, times, Conditioning.text(tokens), Adapters.NONE);
 * }</pre>
 */
public final class UNet2DConditionModel {
  private final UNet2DConditionConfig config;
  private final List<LayerShape> layers;
  private final Conv2d convIn;
  private final TimeEmbedding time;
  private final List<DownBlock> downBlocks = new ArrayList<>();
  private final @Nullable MidBlock mid;
  private final List<UpBlock> upBlocks = new ArrayList<>();
  private final List<Transformer2D> transformers = new ArrayList<>();
  private final GroupNorm convNormOut;
  private final Conv2d convOut;

  private UNet2DConditionModel(Weights weights, UNet2DConditionConfig config) {
    this.config = config;
    Map<String, Tensor> read = new LinkedHashMap<>();
    Weights w = weights.recording(read);
    List<BlockSpec> levels = BlockSpec.of(config);
    int n = levels.size();
    long first = levels.get(0).channels();
    int in = config.convInKernel();
    int out = config.convOutKernel();
    convIn = Conv2d.of(w.at("conv_in"), config.inChannels(), first, in, 1, (in - 1) / 2);
    time = TimeEmbedding.of(w, config);
    for (int i = 0; i < n; i++) {
      long from = levels.get(Math.max(0, i - 1)).channels();
      Weights place = w.at("down_blocks").at(i);
      downBlocks.add(DownBlock.of(place, from, levels.get(i), i == n - 1, config));
    }
    mid = config.midBlock() ? MidBlock.of(w.at("mid_block"), levels.get(n - 1), config) : null;
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
    downBlocks.forEach(b -> transformers.addAll(b.attentions()));
    if (mid != null) {
      transformers.add(mid.attention());
    }
    upBlocks.forEach(b -> transformers.addAll(b.attentions()));
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
    if (mid != null) {
      channels.add(channels.get(channels.size() - 1));
    }
    return channels;
  }

  /** The linear layers and convolutions, which {@link Adapters} can stand beside. */
  public List<LayerShape> layers() {
    return layers;
  }

  /**
   * The network's answer for noisy latents, float32.
   *
   * @param x (B, C, H, W); any size, also odd
   * @param t (B) network times, integer or float
   * @param c B rows
   */
  public Tensor forward(Tensor x, Tensor t, Conditioning c, Adapters adapters) {
    return forward(x, t, looking(c, adapters));
  }

  private static PreparedConditioning looking(Conditioning c, Adapters adapters) {
    return new PreparedConditioning(c, adapters, layer -> layer.look(c.tokens(), adapters));
  }

  /**
   * What is the same at every step, done once.
   *
   * @param c rows for each of the calls to come
   */
  public PreparedConditioning told(Conditioning c, Adapters adapters) {
    Map<CrossAttention, CrossAttention.KeyValue> seen = new IdentityHashMap<>();
    for (Transformer2D transformer : transformers) {
      for (TransformerBlock block : transformer.blocks()) {
        seen.put(block.text(), block.text().look(c.tokens(), adapters));
      }
    }
    return new PreparedConditioning(c, adapters, layer -> Objects.requireNonNull(seen.get(layer)));
  }

  /** {@link #forward} with what was {@link #told} before. */
  public Tensor forward(Tensor x, Tensor t, PreparedConditioning told) {
    Adapters adapters = told.adapters;
    TextKeyValues seen = told.seen;
    Tensor emb = embed(x, t, told.rows, adapters);
    ArrayDeque<Tensor> skips = new ArrayDeque<>();
    List<Tensor> levels = encode(x, emb, seen, skips, adapters);
    Tensor h = levels.get(levels.size() - 1);
    for (UpBlock block : upBlocks) {
      h = block.forward(h, emb, seen, skips, adapters);
    }
    return convOut
        .forward(Functional.silu(convNormOut.forward(h, adapters)), adapters)
        .to(DType.F32);
  }

  /**
   * What the encoder makes of noisy latents: the answer of each down block, (B, C_i, H_i, W_i), and
   * last that of the middle block where there is one. Arguments as in {@link #forward}.
   */
  public List<Tensor> features(Tensor x, Tensor t, Conditioning c, Adapters adapters) {
    TextKeyValues seen = looking(c, adapters).seen;
    return encode(x, embed(x, t, c, adapters), seen, new ArrayDeque<>(), adapters);
  }

  private Tensor embed(Tensor x, Tensor t, Conditioning c, Adapters adapters) {
    if (t.dim() != 1 || t.size(0) != x.size(0) || c.rows() != x.size(0)) {
      throw new IllegalArgumentException(
          ("latents " + Arrays.toString(x.shape()) + " need as many times and rows of conditioning")
              + (" but got times " + Arrays.toString(t.shape()) + " and " + c.rows() + " rows"));
    }
    return Functional.silu(time.forward(t, c, adapters));
  }

  private List<Tensor> encode(
      Tensor x, Tensor emb, TextKeyValues seen, ArrayDeque<Tensor> skips, Adapters adapters) {
    List<Tensor> levels = new ArrayList<>();
    Tensor h = convIn.forward(x.channelsLast(), adapters);
    skips.push(h);
    for (DownBlock block : downBlocks) {
      h = block.forward(h, emb, seen, skips, adapters);
      levels.add(h);
    }
    if (mid != null) {
      levels.add(mid.forward(h, emb, seen, adapters));
    }
    return levels;
  }
}
