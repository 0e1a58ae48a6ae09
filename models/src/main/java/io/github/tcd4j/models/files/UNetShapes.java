package io.github.tcd4j.models.files;

import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.unet.UNetBlocksConfig;
import io.github.tcd4j.models.unet.UNetTimeConfig;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A U-Net's configuration from the shapes in a single file. */
record UNetShapes(CheckpointShapes shapes) {
  /** Channels of an attention head in all families but the first, which has 8 heads. */
  private static final int HEAD = 64;

  /** Of the first family in every block, and of the upscaler. */
  private static final int HEADS = 8;

  private static final String NOISE_LEVELS = "label_emb.weight";
  private static final int SIZES = 6;

  static UNetShapes of(TensorFile file, String prefix) {
    return new UNetShapes(new CheckpointShapes(file, prefix));
  }

  /** Channels of the text that it attends to; 0 for none. */
  int context() {
    String name = "middle_block.1.transformer_blocks.0.attn2.to_k.weight";
    return shapes.has(name) ? shapes.size(name, 1) : 0;
  }

  /**
   * The configuration. What shapes do not tell are the families' constants.
   *
   * @param sampleSize latent size it was trained for
   * @param pooled channels of the pooled text that goes beside SDXL's sizes
   */
  UNet2DConditionConfig config(Family family, int sampleSize, int pooled) {
    List<Integer> channels = new ArrayList<>();
    List<Integer> layers = new ArrayList<>();
    List<Integer> depths = new ArrayList<>();
    List<Boolean> down = new ArrayList<>();
    List<Boolean> textOnly = new ArrayList<>();
    int entry = 1;
    do {
      int first = entry;
      while (shapes.has("input_blocks." + entry + ".0.in_layers.0.weight")) {
        entry++;
      }
      String last = "input_blocks." + Math.max(first, entry - 1);
      int depth = shapes.count(last + ".1.transformer_blocks.", ".norm1.weight");
      channels.add(shapes.size(last + ".0.out_layers.0.weight", 0));
      layers.add(entry - first);
      depths.add(Math.max(1, depth));
      down.add(depth > 0);
      textOnly.add(depth > 0 && textOnly(last + ".1.transformer_blocks.0."));
    } while (shapes.has("input_blocks." + entry++ + ".0.op.weight"));
    List<Boolean> up = new ArrayList<>(down);
    Collections.reverse(up);
    int n = channels.size();
    String guidance = UNetKeys.GUIDANCE + ".weight";
    boolean upscaler = shapes.has(NOISE_LEVELS);
    boolean sizes = shapes.has("label_emb.0.0.weight");
    int pooledAndSizes = sizes ? shapes.size("label_emb.0.0.weight", 1) : 0;
    UNetTimeConfig time =
        UNetTimeConfig.PLAIN
            .withGuidance(shapes.has(guidance) ? shapes.size(guidance, 1) : 0)
            .withClassLabels(upscaler ? shapes.size(NOISE_LEVELS, 0) : 0);
    UNetBlocksConfig blocks =
        new UNetBlocksConfig(
            down,
            up,
            true,
            channels,
            layers,
            depths,
            channels.stream().map(c -> upscaler ? HEADS : heads(family, c)).toList(),
            Collections.nCopies(n, Math.max(1, context())),
            textOnly);
    return new UNet2DConditionConfig(
        sampleSize,
        shapes.size("input_blocks.0.0.weight", 1),
        shapes.size("out.2.weight", 0),
        sizes ? time.withTextTime((pooledAndSizes - pooled) / SIZES, pooledAndSizes) : time,
        blocks,
        shapes.dimensions("middle_block.1.proj_in.weight") == 2,
        family == Family.SD2,
        1,
        1,
        32,
        1e-5,
        3,
        3);
  }

  /**
   * Whether the first attention of a transformer attends to the text, by the channels of what it
   * attends to. Where text and features have as many, it counts as self-attention, which it is in
   * the published upscaler.
   */
  private boolean textOnly(String block) {
    int attended = shapes.size(block + "attn1.to_k.weight", 1);
    return attended == context() && attended != shapes.size(block + "attn1.to_k.weight", 0);
  }

  private static int heads(Family family, int channels) {
    return family == Family.SD1 ? HEADS : Math.max(1, channels / HEAD);
  }
}
