package io.github.tcd4j.models.edges;

import io.github.tcd4j.models.files.CheckpointShapes;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Holistically nested edges: VGG's convolutions, after each block a map of edges of its size; their
 * mean at the picture's size is the logit ({@code ControlNetHED_Apache2}).
 *
 * @param mean (1, 3, 1, 1), subtracted from pixels
 */
record Hed(Tensor mean, List<Block> blocks) implements EdgeModel {
  private record Block(List<Conv2d> convolutions, Conv2d projection) {
    Tensor forward(Tensor x) {
      Tensor h = x;
      for (Conv2d convolution : convolutions) {
        h = Functional.relu(convolution.forward(h, Adapters.NONE));
      }
      return h;
    }
  }

  static Hed of(Weights w, CheckpointShapes shapes) {
    List<Block> blocks = new ArrayList<>();
    int in = 3;
    for (int b = 1; w.has("block" + b + ".convs.0.weight"); b++) {
      String name = "block" + b;
      Weights block = w.at(name);
      int out = shapes.size(name + ".convs.0.weight", 0);
      List<Conv2d> convolutions = new ArrayList<>();
      for (int i = 0; block.has("convs." + i + ".weight"); i++) {
        convolutions.add(Conv2d.same3x3(block.at("convs").at(i), i == 0 ? in : out, out));
      }
      blocks.add(new Block(convolutions, Conv2d.of(block.at("projection"), out, 1, 1, 1, 0)));
      in = out;
    }
    return new Hed(w.get("norm", Init.ZEROS, 1, 3, 1, 1), blocks);
  }

  @Override
  public Tensor forward(Tensor pixels) {
    long height = pixels.size(2);
    long width = pixels.size(3);
    try (Scope scope = Scope.inference()) {
      Tensor h = pixels.minus(mean);
      Tensor sum = null;
      for (int i = 0; i < blocks.size(); i++) {
        Tensor x = i == 0 ? h : Functional.maxPool2d(h, 2, 2, 0);
        Block block = blocks.get(i);
        h = Scope.result(() -> block.forward(x));
        Tensor edges = block.projection.forward(h, Adapters.NONE);
        Tensor fitted = i == 0 ? edges : Functional.upsampleBilinear(edges, height, width, false);
        sum = sum == null ? fitted : sum.plus(fitted);
      }
      Tensor logit = (sum == null ? h : sum).to(DType.F32).div(blocks.size());
      return scope.keep(logit.sigmoid().select(1, 0).contiguous());
    }
  }
}
