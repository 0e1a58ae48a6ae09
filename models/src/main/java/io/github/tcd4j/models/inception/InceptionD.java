package io.github.tcd4j.models.inception;

import static io.github.tcd4j.models.inception.InceptionBlock.chain;
import static io.github.tcd4j.models.inception.InceptionBlock.halved;
import static io.github.tcd4j.models.inception.InceptionBlock.halving;
import static io.github.tcd4j.models.inception.InceptionBlock.point;
import static io.github.tcd4j.models.inception.InceptionBlock.same;

import io.github.tcd4j.models.layers.ConvNorm2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;

/** {@code Mixed_7a}, from 17x17 to 8x8. */
record InceptionD(ConvNorm2d[] branch3x3, ConvNorm2d[] branch7x7x3) implements InceptionBlock {
  static InceptionD of(Weights w, long in) {
    return new InceptionD(
        new ConvNorm2d[] {
          point(w.at("branch3x3_1"), in, 192), halving(w.at("branch3x3_2"), 192, 320)
        },
        new ConvNorm2d[] {
          point(w.at("branch7x7x3_1"), in, 192),
          same(w.at("branch7x7x3_2"), 192, 192, 1, 7),
          same(w.at("branch7x7x3_3"), 192, 192, 7, 1),
          halving(w.at("branch7x7x3_4"), 192, 192)
        });
  }

  @Override
  public Tensor forward(Tensor x) {
    return Tensor.cat(1, chain(x, branch3x3), chain(x, branch7x7x3), halved(x));
  }
}
