package io.github.tcd4j.models.files;

import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A U-Net's modules in ldm's and sgm's names. There all blocks of a side stand in one list: each
 * resnet with its transformer is one entry, a downsampler an entry of its own, an upsampler the
 * last part of the entry before it.
 */
public final class UNetKeys {
  /** The guidance embedding of latent consistency models; ldm has no name for it. */
  static final String GUIDANCE = "time_embed.cond_proj";

  private UNetKeys() {}

  /** The table for a network of that shape; names start after {@code model.diffusion_model}. */
  public static KeyMapping of(UNet2DConditionConfig c) {
    KeyMapping t = of(c.layersPerBlock(), c.downCrossAttention(), c.upCrossAttention());
    return c.numClassEmbeds() > 0 ? t.put("label_emb", "class_embedding") : t;
  }

  /** The table for the network that has these layers. */
  public static KeyMapping of(Collection<String> paths) {
    List<Integer> layers = new ArrayList<>();
    List<Boolean> down = new ArrayList<>();
    List<Boolean> up = new ArrayList<>();
    for (int b = 0; any(paths, "down_blocks." + b + "."); b++) {
      int n = 0;
      while (any(paths, "down_blocks." + b + ".resnets." + n + ".")) {
        n++;
      }
      layers.add(n);
      down.add(any(paths, "down_blocks." + b + ".attentions."));
      up.add(any(paths, "up_blocks." + b + ".attentions."));
    }
    return of(layers, down, up);
  }

  private static boolean any(Collection<String> paths, String prefix) {
    return paths.stream().anyMatch(p -> p.startsWith(prefix));
  }

  /**
   * The table for the encoder half alone, and for what a ControlNet has besides: {@code
   * zero_convs}, {@code middle_block_out} and the layers of {@code input_hint_block}.
   *
   * @param resnets of each down block
   * @param down whether each attends to the text
   * @param hintLayers convolutions of the hint's embedding, the last included
   */
  public static KeyMapping ofControlNet(List<Integer> resnets, List<Boolean> down, int hintLayers) {
    KeyMapping t = encoder(resnets, down);
    for (int i = 0; i < hintLayers; i++) {
      String ours = i == 0 ? "conv_in" : i == hintLayers - 1 ? "conv_out" : "blocks." + (i - 1);
      t.put("input_hint_block." + 2 * i, "controlnet_cond_embedding." + ours);
    }
    int skips = resnets.stream().mapToInt(n -> n + 1).sum();
    for (int i = 0; i < skips; i++) {
      t.put("zero_convs." + i + ".0", "controlnet_down_blocks." + i);
    }
    return t.put("middle_block_out.0", "controlnet_mid_block");
  }

  private static KeyMapping of(List<Integer> resnets, List<Boolean> down, List<Boolean> up) {
    KeyMapping t = encoder(resnets, down);
    t.put("out.0", "conv_norm_out").put("out.2", "conv_out");
    int last = resnets.size() - 1;
    int entry = 0;
    for (int b = 0; b <= last; b++) {
      String block = "up_blocks." + b;
      boolean cross = up.get(b);
      int layers = resnets.get(last - b);
      for (int l = 0; l <= layers; l++, entry++) {
        resnet(t, "output_blocks." + entry + ".0", block + ".resnets." + l);
        if (cross) {
          t.put("output_blocks." + entry + ".1", block + ".attentions." + l);
        }
        if (l == layers && b < last) {
          t.put("output_blocks." + entry + (cross ? ".2" : ".1"), block + ".upsamplers.0");
        }
      }
    }
    return t;
  }

  private static KeyMapping encoder(List<Integer> resnets, List<Boolean> down) {
    KeyMapping t = new KeyMapping();
    t.put("time_embed.0", "time_embedding.linear_1").put("time_embed.2", "time_embedding.linear_2");
    t.put(GUIDANCE, "time_embedding.cond_proj");
    t.put("label_emb.0.0", "add_embedding.linear_1").put("label_emb.0.2", "add_embedding.linear_2");
    t.put("input_blocks.0.0", "conv_in");
    int last = resnets.size() - 1;
    int entry = 1;
    for (int b = 0; b <= last; b++) {
      String block = "down_blocks." + b;
      for (int l = 0; l < resnets.get(b); l++, entry++) {
        resnet(t, "input_blocks." + entry + ".0", block + ".resnets." + l);
        if (down.get(b)) {
          t.put("input_blocks." + entry + ".1", block + ".attentions." + l);
        }
      }
      if (b < last) {
        t.put("input_blocks." + entry++ + ".0.op", block + ".downsamplers.0.conv");
      }
    }
    resnet(t, "middle_block.0", "mid_block.resnets.0");
    t.put("middle_block.1", "mid_block.attentions.0");
    resnet(t, "middle_block.2", "mid_block.resnets.1");
    return t;
  }

  private static void resnet(KeyMapping t, String theirs, String ours) {
    t.put(theirs + ".in_layers.0", ours + ".norm1");
    t.put(theirs + ".in_layers.2", ours + ".conv1");
    t.put(theirs + ".emb_layers.1", ours + ".time_emb_proj");
    t.put(theirs + ".out_layers.0", ours + ".norm2");
    t.put(theirs + ".out_layers.3", ours + ".conv2");
    t.put(theirs + ".skip_connection", ours + ".conv_shortcut");
  }
}
