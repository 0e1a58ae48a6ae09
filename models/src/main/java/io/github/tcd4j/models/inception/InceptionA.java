package io.github.tcd4j.models.inception;

import static io.github.tcd4j.models.inception.InceptionBlock.averaged;
import static io.github.tcd4j.models.inception.InceptionBlock.chain;
import static io.github.tcd4j.models.inception.InceptionBlock.point;
import static io.github.tcd4j.models.inception.InceptionBlock.same;

import io.github.tcd4j.models.layers.ConvNorm2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;

/** {@code Mixed_5b} to {@code Mixed_5d}, at 35x35. */
record InceptionA(
    ConvNorm2d branch1x1,
    ConvNorm2d branch5x5A,
    ConvNorm2d branch5x5B,
    ConvNorm2d branch3x3A,
    ConvNorm2d branch3x3B,
    ConvNorm2d branch3x3C,
    ConvNorm2d branchPool)
    implements InceptionBlock {
  static InceptionA of(Weights w, long in, long pool) {
    return new InceptionA(
        point(w.at("branch1x1"), in, 64),
        point(w.at("branch5x5_1"), in, 48),
        same(w.at("branch5x5_2"), 48, 64, 5, 5),
        point(w.at("branch3x3dbl_1"), in, 64),
        same(w.at("branch3x3dbl_2"), 64, 96, 3, 3),
        same(w.at("branch3x3dbl_3"), 96, 96, 3, 3),
        point(w.at("branch_pool"), in, pool));
  }

  @Override
  public Tensor forward(Tensor x) {
    return Tensor.cat(
        1,
        branch1x1.forward(x),
        chain(x, branch5x5A, branch5x5B),
        chain(x, branch3x3A, branch3x3B, branch3x3C),
        averaged(branchPool, x));
  }
}
