package io.github.tcd4j.models.files;

import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import java.util.List;

/** An autoencoder's modules in ldm's names, whose decoder counts its levels from the picture. */
final class VaeKeys {
  private VaeKeys() {}

  /** Names start after {@code first_stage_model}. */
  static KeyMapping of(AutoencoderKLConfig c) {
    KeyMapping t = new KeyMapping();
    t.put("quant_conv", "quant_conv").put("post_quant_conv", "post_quant_conv");
    int n = c.blockOutChannels().size();
    for (int b = 0; b < n; b++) {
      String down = "encoder.down_blocks." + b;
      String up = "decoder.up_blocks." + (n - 1 - b);
      for (int l = 0; l < c.layersPerBlock(); l++) {
        resnet(t, "encoder.down." + b + ".block." + l, down + ".resnets." + l);
      }
      for (int l = 0; l <= c.layersPerBlock(); l++) {
        resnet(t, "decoder.up." + b + ".block." + l, up + ".resnets." + l);
      }
      if (b < n - 1) {
        t.put("encoder.down." + b + ".downsample", down + ".downsamplers.0");
      }
      if (b > 0) {
        t.put("decoder.up." + b + ".upsample", up + ".upsamplers.0");
      }
    }
    for (String side : List.of("encoder", "decoder")) {
      t.put(side + ".conv_in", side + ".conv_in").put(side + ".conv_out", side + ".conv_out");
      t.put(side + ".norm_out", side + ".conv_norm_out");
      resnet(t, side + ".mid.block_1", side + ".mid_block.resnets.0");
      resnet(t, side + ".mid.block_2", side + ".mid_block.resnets.1");
      String attention = side + ".mid.attn_1";
      String ours = side + ".mid_block.attentions.0";
      t.put(attention + ".norm", ours + ".group_norm");
      for (String p : List.of("q", "k", "v")) {
        t.put(attention + "." + p, ours + ".to_" + p);
      }
      t.put(attention + ".proj_out", ours + ".to_out.0");
    }
    return t;
  }

  private static void resnet(KeyMapping t, String theirs, String ours) {
    t.put(theirs, ours).put(theirs + ".nin_shortcut", ours + ".conv_shortcut");
  }
}
