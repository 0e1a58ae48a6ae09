package io.github.tcd4j.models.lora;

import io.github.tcd4j.tensor.Tensor;

/**
 * One layer's delta as a file holds it, not yet bound to a network.
 *
 * @param name the file's key without its ending, for messages
 * @param path path of the layer; all dots are underscores where {@code underscored}
 * @param down A, float32, (r, in) or (r, in, kh, kw)
 * @param up B, float32, (out, r) or (out, r, 1, 1)
 * @param scale alpha / r; 1 where the file names no alpha
 */
public record LoraModule(
    String name,
    LoraComponent component,
    String path,
    boolean underscored,
    Tensor down,
    Tensor up,
    double scale) {
  public LoraModule {
    if (down.dim() != up.dim() || (down.dim() != 2 && down.dim() != 4)) {
      throw new LoraException(
          name + " has factors of shapes " + down + " and " + up + "; a LoRA has two of 2 or of 4");
    }
    if (down.size(0) != up.size(1)) {
      throw new LoraException(
          name + " has factors of different ranks, " + down.size(0) + " and " + up.size(1));
    }
    if (!Double.isFinite(scale)) {
      throw new LoraException(name + " has alpha / rank " + scale + ", which is not finite");
    }
  }

  public long rank() {
    return down.size(0);
  }
}
