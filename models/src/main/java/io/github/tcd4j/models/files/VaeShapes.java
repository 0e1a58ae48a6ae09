package io.github.tcd4j.models.files;

import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import java.util.ArrayList;
import java.util.List;

/** An autoencoder's configuration from the shapes in a single file. */
final class VaeShapes {
  private static final double SD_SCALE = 0.18215;
  private static final double SDXL_SCALE = 0.13025;
  private static final double UPSCALER_SCALE = 0.08333;

  private VaeShapes() {}

  static AutoencoderKLConfig config(CheckpointShapes s, Family family, boolean upscaler) {
    return like(s, upscaler ? ofUpscaler() : usual(family == Family.SDXL), true);
  }

  /** The autoencoder of the x4 upscaler, which overflows float16. */
  private static AutoencoderKLConfig ofUpscaler() {
    List<Integer> channels = List.of(128, 256, 512);
    return new AutoencoderKLConfig(
        3, 3, channels, 2, 4, 32, 256, UPSCALER_SCALE, true, true, true, true);
  }

  /** The autoencoder that the models of a family have. */
  static AutoencoderKLConfig usual(boolean xl) {
    List<Integer> channels = List.of(128, 256, 512, 512);
    int size = xl ? 1024 : 512;
    double scale = xl ? SDXL_SCALE : SD_SCALE;
    return new AutoencoderKLConfig(3, 3, channels, 2, 4, 32, size, scale, xl, true, true, true);
  }

  /**
   * What the shapes tell; what they do not is as in a model that they belong to.
   *
   * @param ldm whether the names are ldm's, else diffusers'
   */
  static AutoencoderKLConfig like(CheckpointShapes s, AutoencoderKLConfig model, boolean ldm) {
    String level = ldm ? "encoder.down." : "encoder.down_blocks.";
    String block = ldm ? ".block." : ".resnets.";
    List<Integer> channels = new ArrayList<>();
    int levels = s.count(level, block + "0.conv1.weight");
    for (int b = 0; b < levels; b++) {
      channels.add(s.size(level + b + block + "0.conv1.weight", 0));
    }
    return new AutoencoderKLConfig(
        s.size("encoder.conv_in.weight", 1),
        s.size("decoder.conv_out.weight", 0),
        channels,
        s.count(level + "0" + block, ".conv1.weight"),
        s.size("decoder.conv_in.weight", 1),
        model.normNumGroups(),
        model.sampleSize(),
        model.scalingFactor(),
        model.forceUpcast(),
        s.has("quant_conv.weight"),
        s.has("post_quant_conv.weight"),
        s.has(
            ldm
                ? "encoder.mid.attn_1.norm.weight"
                : "encoder.mid_block.attentions.0.group_norm.weight"));
  }
}
