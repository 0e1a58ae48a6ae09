package io.github.tcd4j.models.inception;

import static io.github.tcd4j.models.inception.InceptionBlock.averaged;
import static io.github.tcd4j.models.inception.InceptionBlock.chain;
import static io.github.tcd4j.models.inception.InceptionBlock.point;
import static io.github.tcd4j.models.inception.InceptionBlock.same;

import io.github.tcd4j.models.layers.ConvNorm2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;

/**
 * {@code Mixed_7b} and {@code Mixed_7c}, 2048 channels at 8x8.
 *
 * @param maximum whether the pool takes the maximum, as the last block of the graph of 2015 does
 */
record InceptionE(
    ConvNorm2d branch1x1,
    ConvNorm2d branch3x3,
    ConvNorm2d wide,
    ConvNorm2d high,
    ConvNorm2d[] doubled,
    ConvNorm2d doubledWide,
    ConvNorm2d doubledHigh,
    ConvNorm2d branchPool,
    boolean maximum)
    implements InceptionBlock {
  static InceptionE of(Weights w, long in, boolean maximum) {
    return new InceptionE(
        point(w.at("branch1x1"), in, 320),
        point(w.at("branch3x3_1"), in, 384),
        same(w.at("branch3x3_2a"), 384, 384, 1, 3),
        same(w.at("branch3x3_2b"), 384, 384, 3, 1),
        new ConvNorm2d[] {
          point(w.at("branch3x3dbl_1"), in, 448), same(w.at("branch3x3dbl_2"), 448, 384, 3, 3)
        },
        same(w.at("branch3x3dbl_3a"), 384, 384, 1, 3),
        same(w.at("branch3x3dbl_3b"), 384, 384, 3, 1),
        point(w.at("branch_pool"), in, 192),
        maximum);
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor one = branch3x3.forward(x);
    Tensor two = chain(x, doubled);
    Tensor pooled =
        maximum ? branchPool.forward(Functional.maxPool2d(x, 3, 1, 1)) : averaged(branchPool, x);
    return Tensor.cat(
        1,
        branch1x1.forward(x),
        wide.forward(one),
        high.forward(one),
        doubledWide.forward(two),
        doubledHigh.forward(two),
        pooled);
  }
}
