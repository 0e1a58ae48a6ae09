package io.github.tcd4j.models.lora;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.List;

/**
 * What a new LoRA looks like.
 *
 * @param rank r, at least 1
 * @param alpha numerator of the scale alpha / r, above 0
 * @param targets names of layers, each a whole path or the end of one after a dot
 */
public record LoraConfig(int rank, double alpha, List<String> targets) {
  /** The layers that the LoRAs of latent consistency distillation change, in diffusers' names. */
  public static final List<String> USUAL_TARGETS =
      List.of(
          "to_q",
          "to_k",
          "to_v",
          "to_out.0",
          "proj_in",
          "proj_out",
          "ff.net.0.proj",
          "ff.net.2",
          "conv1",
          "conv2",
          "conv_shortcut",
          "downsamplers.0.conv",
          "upsamplers.0.conv",
          "time_emb_proj");

  public LoraConfig {
    if (rank < 1) {
      throw new InvalidRequestException("LoRA rank must be at least 1 but was " + rank);
    }
    if (!(alpha > 0) || Double.isInfinite(alpha)) {
      throw new InvalidRequestException("LoRA alpha must be above 0 but was " + alpha);
    }
    if (targets.isEmpty()) {
      throw new InvalidRequestException(
          "LoRA targets must name at least one layer; the usual ones are " + USUAL_TARGETS);
    }
    targets = List.copyOf(targets);
  }

  /** The usual targets, scale 1. */
  public static LoraConfig usual(int rank) {
    return new LoraConfig(rank, rank, USUAL_TARGETS);
  }

  public double scale() {
    return alpha / rank;
  }

  /** Whether the layer at that path is one of the targets. */
  public boolean targets(String path) {
    for (String target : targets) {
      if (path.equals(target) || path.endsWith("." + target)) {
        return true;
      }
    }
    return false;
  }
}
