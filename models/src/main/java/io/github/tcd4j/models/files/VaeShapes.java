package io.github.tcd4j.models.files;

import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import java.util.ArrayList;
import java.util.List;

/** An autoencoder's configuration from the shapes in a single file. */
final class VaeShapes {
  private static final double SD_SCALE = 0.18215;
  private static final double SDXL_SCALE = 0.13025;

  private VaeShapes() {}

  static AutoencoderKLConfig config(Shapes s, Family family) {
    List<Integer> channels = new ArrayList<>();
    int levels = s.count("encoder.down.", ".block.0.conv1.weight");
    for (int b = 0; b < levels; b++) {
      channels.add(s.size("encoder.down." + b + ".block.0.conv1.weight", 0));
    }
    boolean xl = family == Family.SDXL;
    return new AutoencoderKLConfig(
        s.size("encoder.conv_in.weight", 1),
        s.size("decoder.conv_out.weight", 0),
        channels,
        s.count("encoder.down.0.block.", ".conv1.weight"),
        s.size("decoder.conv_in.weight", 1),
        32,
        xl ? 1024 : 512,
        xl ? SDXL_SCALE : SD_SCALE,
        xl,
        s.has("quant_conv.weight"),
        s.has("post_quant_conv.weight"),
        s.has("encoder.mid.attn_1.q.weight"));
  }
}
