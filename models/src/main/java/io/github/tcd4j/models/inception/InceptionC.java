package io.github.tcd4j.models.inception;

import static io.github.tcd4j.models.inception.InceptionBlock.averaged;
import static io.github.tcd4j.models.inception.InceptionBlock.chain;
import static io.github.tcd4j.models.inception.InceptionBlock.point;
import static io.github.tcd4j.models.inception.InceptionBlock.same;

import io.github.tcd4j.models.layers.ConvNorm2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;

/** {@code Mixed_6b} to {@code Mixed_6e}, 768 channels at 17x17. */
record InceptionC(
    ConvNorm2d branch1x1, ConvNorm2d[] branch7x7, ConvNorm2d[] doubled, ConvNorm2d branchPool)
    implements InceptionBlock {
  private static final long WIDTH = 768;

  /**
   * @param narrow channels inside the branches of 7x7
   */
  static InceptionC of(Weights w, long narrow) {
    return new InceptionC(
        point(w.at("branch1x1"), WIDTH, 192),
        new ConvNorm2d[] {
          point(w.at("branch7x7_1"), WIDTH, narrow),
          same(w.at("branch7x7_2"), narrow, narrow, 1, 7),
          same(w.at("branch7x7_3"), narrow, 192, 7, 1)
        },
        new ConvNorm2d[] {
          point(w.at("branch7x7dbl_1"), WIDTH, narrow),
          same(w.at("branch7x7dbl_2"), narrow, narrow, 7, 1),
          same(w.at("branch7x7dbl_3"), narrow, narrow, 1, 7),
          same(w.at("branch7x7dbl_4"), narrow, narrow, 7, 1),
          same(w.at("branch7x7dbl_5"), narrow, 192, 1, 7)
        },
        point(w.at("branch_pool"), WIDTH, 192));
  }

  @Override
  public Tensor forward(Tensor x) {
    return Tensor.cat(
        1, branch1x1.forward(x), chain(x, branch7x7), chain(x, doubled), averaged(branchPool, x));
  }
}
