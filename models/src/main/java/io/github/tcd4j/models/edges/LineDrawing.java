package io.github.tcd4j.models.edges;

import io.github.tcd4j.models.files.CheckpointShapes;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The generator of informative drawings: convolutions down to a quarter of the picture's size,
 * residual blocks there, and up again, all with instance normalisation and mirrored borders.
 */
record LineDrawing(
    Conv2d first,
    List<Conv2d> down,
    List<Residual> middle,
    List<DoublingConvolution> up,
    Conv2d last)
    implements EdgeModel {
  private record Residual(Conv2d first, Conv2d second) {
    Tensor forward(Tensor x) {
      return Scope.result(
          () -> {
            Tensor h = first.forward(MirroredBorder.around(x, 1), Adapters.NONE);
            h = Functional.relu(InstanceNorm.of(h));
            h = second.forward(MirroredBorder.around(h, 1), Adapters.NONE);
            return x.plus(InstanceNorm.of(h));
          });
    }
  }

  static LineDrawing of(Weights w, CheckpointShapes shapes) {
    int width = shapes.size("model0.1.weight", 0);
    List<Conv2d> down = new ArrayList<>();
    for (int i = 0; w.has("model1." + 3 * i + ".weight"); i++) {
      down.add(Conv2d.of(w.at("model1").at(3 * i), width, 2L * width, 3, 2, 1));
      width *= 2;
    }
    List<Residual> middle = new ArrayList<>();
    for (int i = 0; w.has("model2." + i + ".conv_block.1.weight"); i++) {
      Weights block = w.at("model2").at(i).at("conv_block");
      middle.add(
          new Residual(
              Conv2d.of(block.at(1), width, width, 3, 1, 0),
              Conv2d.of(block.at(5), width, width, 3, 1, 0)));
    }
    List<DoublingConvolution> up = new ArrayList<>();
    for (int i = 0; i < down.size(); i++) {
      up.add(DoublingConvolution.of(w.at("model3").at(3 * i), width, width / 2));
      width /= 2;
    }
    return new LineDrawing(
        Conv2d.of(w.at("model0").at(1), 3, width, 7, 1, 0),
        down,
        middle,
        up,
        Conv2d.of(w.at("model4").at(1), width, 1, 7, 1, 0));
  }

  @Override
  public Tensor forward(Tensor pixels) {
    try (Scope scope = Scope.inference()) {
      Tensor x = MirroredBorder.around(pixels.div(255), 3);
      Tensor h = Functional.relu(InstanceNorm.of(first.forward(x, Adapters.NONE)));
      for (Conv2d convolution : down) {
        h = Functional.relu(InstanceNorm.of(convolution.forward(h, Adapters.NONE)));
      }
      for (Residual block : middle) {
        h = block.forward(h);
      }
      for (DoublingConvolution convolution : up) {
        h = Functional.relu(InstanceNorm.of(convolution.forward(h)));
      }
      h = last.forward(MirroredBorder.around(h, 3), Adapters.NONE);
      return scope.keep(h.sigmoid().select(1, 0).contiguous());
    }
  }
}
