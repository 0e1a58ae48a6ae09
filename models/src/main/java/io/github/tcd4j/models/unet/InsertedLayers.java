package io.github.tcd4j.models.unet;

import io.github.tcd4j.tensor.Tensor;

/**
 * Layers of another network between those of a U-Net, given to the call: motion modules, which see
 * all frames of a video where the U-Net sees each alone. Each maps a feature map to one of the same
 * shape (B, C, H, W), behind the transformer of its place, or the resnet where there is none.
 */
public interface InsertedLayers {
  /** The plain U-Net. */
  InsertedLayers NONE = new InsertedLayers() {};

  /** The layers of one block. */
  @FunctionalInterface
  interface InBlock {
    /** The plain block. */
    InBlock NONE = (layer, x) -> x;

    /** Behind layer number {@code layer} of the block, from 0. */
    Tensor after(int layer, Tensor x);
  }

  /** Those of a down block, from 0. */
  default InBlock down(int block) {
    return InBlock.NONE;
  }

  /** That of the middle block, before its second resnet. */
  default Tensor middle(Tensor x) {
    return x;
  }

  /** Those of an up block, from 0, the lowest resolution first. */
  default InBlock up(int block) {
    return InBlock.NONE;
  }
}
