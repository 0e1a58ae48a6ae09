package io.github.tcd4j.evaluation.dataset;

import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;

/** Pictures of one size in an order, not all in memory at once. */
public interface ImageSet {
  /** What the pictures are, in one line: two sets of one identity hold the same pictures. */
  String identity();

  int size();

  /**
   * PNG files of the pictures, in their order.
   *
   * @param folder where pictures that are in memory alone are written to, once
   */
  List<Path> files(Path folder);

  /** Pictures start .. start+count-1 as U8 (count, 3, H, W), in the open scope. */
  Tensor pixels(int start, int count);
}
