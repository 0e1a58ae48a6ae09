package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The half of a U-Net that a ControlNet has too, under the same keys: the first convolution, the
 * time embedding, the down blocks and the middle block.
 */
public final class UNetEncoder {
  final Conv2d convIn;
  final TimeEmbedding time;
  final List<DownBlock> downBlocks = new ArrayList<>();
  final @Nullable MidBlock mid;

  /**
   * Its features for noisy latents.
   *
   * @param skips outputs of the first convolution, of every layer and every downsampler of the down
   *     blocks, in order
   * @param levels outputs of the down blocks
   * @param mid output of the middle block, of the last down block where there is none
   */
  public record Features(List<Tensor> skips, List<Tensor> levels, Tensor mid) {}

  private UNetEncoder(Weights w, UNet2DConditionConfig config, boolean middleAttention) {
    List<BlockSpec> levels = BlockSpec.of(config);
    int n = levels.size();
    long first = levels.get(0).channels();
    int in = config.convInKernel();
    convIn = Conv2d.of(w.at("conv_in"), config.inChannels(), first, in, 1, (in - 1) / 2);
    time = TimeEmbedding.of(w, config);
    for (int i = 0; i < n; i++) {
      long from = levels.get(Math.max(0, i - 1)).channels();
      Weights place = w.at("down_blocks").at(i);
      downBlocks.add(DownBlock.of(place, from, levels.get(i), i == n - 1, config));
    }
    Weights middle = w.at("mid_block");
    BlockSpec last = levels.get(n - 1);
    if (!config.midBlock()) {
      mid = null;
    } else {
      mid =
          middleAttention
              ? MidBlock.of(middle, last, config)
              : MidBlock.plain(middle, last, config);
    }
  }

  /** Of a U-Net. */
  static UNetEncoder of(Weights w, UNet2DConditionConfig config) {
    return new UNetEncoder(w, config, true);
  }

  /**
   * Of a ControlNet.
   *
   * @param middleAttention whether the middle block attends to the text; else it is one resnet
   */
  public static UNetEncoder of(Weights w, UNet2DConditionConfig config, boolean middleAttention) {
    return new UNetEncoder(w, config, middleAttention);
  }

  /** The channels of each of {@link Features#skips}. */
  public static List<Integer> skipChannels(UNet2DConditionConfig config) {
    List<Integer> channels = new ArrayList<>(List.of(config.blockOutChannels().get(0)));
    int n = config.blockOutChannels().size();
    for (int i = 0; i < n; i++) {
      int layers = config.layersPerBlock().get(i) + (i == n - 1 ? 0 : 1);
      for (int j = 0; j < layers; j++) {
        channels.add(config.blockOutChannels().get(i));
      }
    }
    return channels;
  }

  /** The cross-attention layers of the down blocks, then of the middle block. */
  List<CrossAttention> crossAttentions() {
    List<CrossAttention> layers = new ArrayList<>(downCrossAttentions());
    layers.addAll(midCrossAttentions());
    return layers;
  }

  List<CrossAttention> downCrossAttentions() {
    return downBlocks.stream()
        .flatMap(b -> b.attentions().stream())
        .flatMap(t -> t.blocks().stream())
        .map(TransformerBlock::text)
        .toList();
  }

  List<CrossAttention> midCrossAttentions() {
    return mid == null || mid.attention() == null
        ? List.of()
        : mid.attention().blocks().stream().map(TransformerBlock::text).toList();
  }

  /** The transformers of the down blocks and of the middle block. */
  Stream<TransformerBlock> transformers() {
    Stream<Transformer2D> down = downBlocks.stream().flatMap(b -> b.attentions().stream());
    Stream<Transformer2D> middle =
        mid == null || mid.attention() == null ? Stream.empty() : Stream.of(mid.attention());
    return Stream.concat(down, middle).flatMap(t -> t.blocks().stream());
  }

  /** The first attention of those that attend to the text twice. */
  static List<CrossAttention> further(Stream<TransformerBlock> transformers) {
    return transformers.filter(TransformerBlock::textOnly).map(TransformerBlock::self).toList();
  }

  /**
   * What is the same at every step, done once.
   *
   * @param c rows for each of the calls to come
   */
  public PreparedConditioning prepare(Conditioning c, Adapters adapters) {
    return prepared(crossAttentions(), further(transformers()), c, adapters, ImagePrompts.NONE);
  }

  /**
   * The same of these layers, which are numbered as {@link ImagePrompts#at} counts them.
   *
   * @param further layers that attend to the text, but to no picture
   */
  static PreparedConditioning prepared(
      List<CrossAttention> layers,
      List<CrossAttention> further,
      Conditioning c,
      Adapters adapters,
      ImagePrompts images) {
    Map<CrossAttention, CrossAttention.KeyValue> seen = new IdentityHashMap<>();
    for (int i = 0; i < layers.size(); i++) {
      CrossAttention layer = layers.get(i);
      seen.put(layer, layer.keyValues(c.tokens(), images.at(i), adapters));
    }
    further.forEach(layer -> seen.put(layer, layer.keyValues(c.tokens(), adapters)));
    boolean pictureless = seen.values().stream().allMatch(kv -> kv.images().isEmpty());
    return new PreparedConditioning(
        c, adapters, layer -> Objects.requireNonNull(seen.get(layer)), pictureless);
  }

  /** The same made anew in each call, for one call or where gradients pass. */
  public static PreparedConditioning inEachCall(Conditioning c, Adapters adapters) {
    return new PreparedConditioning(
        c, adapters, layer -> layer.keyValues(c.tokens(), adapters), true);
  }

  /**
   * The features for noisy latents.
   *
   * @param x (B, C, H, W)
   * @param t (B) network times, with frames one for each row of conditioning
   * @param hint (B, C0, H, W), of one row or of one row for each frame, added to the output of the
   *     first convolution; null for none
   */
  public Features forward(
      Tensor x, Tensor t, PreparedConditioning conditioning, @Nullable Tensor hint) {
    return encode(x, embed(x, t, conditioning), conditioning, hint);
  }

  /** The time and what is added to it, through SiLU as all resnets take it: (B, T). */
  Tensor embed(Tensor x, Tensor t, PreparedConditioning conditioning) {
    Conditioning c = conditioning.rows;
    int frames = conditioning.frames;
    if (t.dim() != 1 || t.size(0) != c.rows() || c.rows() * frames != x.size(0)) {
      throw new IllegalArgumentException(
          ("latents " + Arrays.toString(x.shape()) + " need as many times and rows of conditioning")
              + (frames == 1 ? "" : " for every " + frames + " frames")
              + (" but got times " + Arrays.toString(t.shape()) + " and " + c.rows() + " rows"));
    }
    Tensor emb = Functional.silu(time.forward(t, c, conditioning.adapters));
    long width = emb.size(1);
    return frames == 1 ? emb : emb.unsqueeze(1).expand(c.rows(), frames, width).reshape(-1, width);
  }

  Features encode(Tensor x, Tensor emb, PreparedConditioning conditioning, @Nullable Tensor hint) {
    Adapters adapters = conditioning.adapters;
    TextKeyValues seen = conditioning.seen;
    InsertedLayers inserted = conditioning.inserted;
    List<Tensor> blocks = conditioning.added.blocks();
    List<Tensor> skips = new ArrayList<>();
    List<Tensor> levels = new ArrayList<>();
    Tensor h = convIn.forward(x.channelsLast(), adapters);
    if (hint != null) {
      h = withHint(h, hint);
    }
    skips.add(h);
    int n = downBlocks.size();
    for (int i = 0; i < n; i++) {
      Tensor added = i < blocks.size() ? blocks.get(i) : null;
      h = downBlocks.get(i).forward(h, emb, seen, inserted.down(i), skips, added, adapters);
      levels.add(h);
    }
    Tensor middle = mid == null ? h : mid.forward(h, emb, seen, inserted, adapters);
    if (blocks.size() > n && sameButRows(blocks.get(n), middle)) {
      middle = middle.plus(blocks.get(n));
    }
    return new Features(skips, levels, middle);
  }

  /** One row counts for all rows, those of all frames for the frames of every row. */
  private static Tensor withHint(Tensor h, Tensor hint) {
    long n = hint.size(0);
    if (n == 1 || n == h.size(0)) {
      return h.plus(hint);
    }
    Tensor videos = h.reshape(h.size(0) / n, n, h.size(1), h.size(2), h.size(3));
    return videos.plus(hint.unsqueeze(0)).reshape(h.shape());
  }

  /** A feature of one row is that of all rows. */
  private static boolean sameButRows(Tensor a, Tensor b) {
    return a.size(1) == b.size(1) && a.size(2) == b.size(2) && a.size(3) == b.size(3);
  }
}
