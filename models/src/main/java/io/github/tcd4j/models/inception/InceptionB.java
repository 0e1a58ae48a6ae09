package io.github.tcd4j.models.inception;

import static io.github.tcd4j.models.inception.InceptionBlock.chain;
import static io.github.tcd4j.models.inception.InceptionBlock.halved;
import static io.github.tcd4j.models.inception.InceptionBlock.halving;
import static io.github.tcd4j.models.inception.InceptionBlock.point;
import static io.github.tcd4j.models.inception.InceptionBlock.same;

import io.github.tcd4j.models.layers.ConvNorm2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;

/** {@code Mixed_6a}, from 35x35 to 17x17. */
record InceptionB(ConvNorm2d branch3x3, ConvNorm2d doubleA, ConvNorm2d doubleB, ConvNorm2d doubleC)
    implements InceptionBlock {
  static InceptionB of(Weights w, long in) {
    return new InceptionB(
        halving(w.at("branch3x3"), in, 384),
        point(w.at("branch3x3dbl_1"), in, 64),
        same(w.at("branch3x3dbl_2"), 64, 96, 3, 3),
        halving(w.at("branch3x3dbl_3"), 96, 96));
  }

  @Override
  public Tensor forward(Tensor x) {
    return Tensor.cat(1, branch3x3.forward(x), chain(x, doubleA, doubleB, doubleC), halved(x));
  }
}
