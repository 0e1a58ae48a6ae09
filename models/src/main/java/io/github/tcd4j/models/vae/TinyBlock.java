package io.github.tcd4j.models.vae;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/** Three convolutions beside the identity (diffusers' {@code AutoencoderTinyBlock}). */
record TinyBlock(Conv2d first, Conv2d second, Conv2d third) {
  static TinyBlock of(Weights w, long channels) {
    Weights conv = w.at("conv");
    return new TinyBlock(
        Conv2d.same3x3(conv.at(0), channels, channels),
        Conv2d.same3x3(conv.at(2), channels, channels),
        Conv2d.same3x3(conv.at(4), channels, channels));
  }

  Tensor forward(Tensor x) {
    return Scope.result(
        () -> {
          Tensor h = Functional.relu(first.forward(x, Adapters.NONE));
          h = Functional.relu(second.forward(h, Adapters.NONE));
          return Functional.relu(third.forward(h, Adapters.NONE).plus(x));
        });
  }
}
