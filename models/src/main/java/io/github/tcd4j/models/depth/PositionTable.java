package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;

/**
 * Position embeddings of a class token and of a square grid of patches, resized to the grid of each
 * picture.
 *
 * @param table (1, 1 + grid * grid, C)
 * @param cubic whether by PyTorch's bicubic filter, as DINOv2; else bilinear, as DPT
 */
record PositionTable(Tensor table, int grid, boolean cubic) {
  static PositionTable of(Weights w, TransformerShape s, boolean cubic) {
    long n = 1 + (long) s.grid() * s.grid();
    Tensor table = w.get("position_embeddings", Init.normal(0.02), 1, n, s.width());
    return new PositionTable(table, s.grid(), cubic);
  }

  /** (1, 1 + height * width, C). */
  Tensor at(long height, long width) {
    if (height == grid && width == grid) {
      return table;
    }
    long channels = table.size(2);
    Tensor patches = table.narrow(1, 1, (long) grid * grid);
    Tensor map = patches.reshape(1, grid, grid, channels).permute(0, 3, 1, 2).contiguous();
    Tensor resized =
        cubic
            ? Functional.upsampleBicubic(map, height, width)
            : Functional.upsampleBilinear(map, height, width, false);
    Tensor rows = resized.permute(0, 2, 3, 1).reshape(1, height * width, channels);
    return Tensor.cat(1, table.narrow(1, 0, 1), rows);
  }
}
