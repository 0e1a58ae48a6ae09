package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** {@code DepthAnythingForDepthEstimation} of transformers. */
record DepthAnything(
    DepthAnythingConfig config,
    Backbone backbone,
    DepthNeck neck,
    Conv2d conv1,
    Conv2d conv2,
    Conv2d conv3)
    implements DepthModel {
  static DepthAnything of(Weights w, DepthAnythingConfig config) {
    NeckConfig neck = config.neck();
    Weights layers = w.at("neck").at("reassemble_stage").at("layers");
    List<UnaryOperator<TokenMap>> reassembly = new ArrayList<>();
    for (int i = 0; i < neck.channels().size(); i++) {
      Reassembly r =
          Reassembly.of(layers.at(i), neck.width(), neck.channels().get(i), neck.factors().get(i));
      // The class token is not used.
      reassembly.add(t -> new TokenMap(r.forward(t.map()), null));
    }
    int half = neck.fusion() / 2;
    Weights head = w.at("head");
    return new DepthAnything(
        config,
        VisionTransformer.dinov2(w.at("backbone"), config.backbone()),
        DepthNeck.of(w.at("neck"), neck, reassembly, true, false),
        Conv2d.same3x3(head.at("conv1"), neck.fusion(), half),
        Conv2d.same3x3(head.at("conv2"), half, config.headChannels()),
        Conv2d.of(head.at("conv3"), config.headChannels(), 1, 1, 1, 0));
  }

  @Override
  public Tensor forward(Tensor pixels) {
    long height = pixels.size(2) / config.patch();
    long width = pixels.size(3) / config.patch();
    if (height < 1 || width < 1) {
      throw new TensorException(
          "Depth-Anything reads pictures of at least one patch but got " + pixels);
    }
    try (Scope scope = Scope.inference()) {
      Tensor map = Scope.result(() -> neck.forward(backbone.features(pixels)));
      Tensor x = conv1.forward(map, Adapters.NONE);
      x = Functional.upsampleBilinear(x, height * config.patch(), width * config.patch(), true);
      x = Functional.relu(conv2.forward(x, Adapters.NONE));
      x = conv3.forward(x, Adapters.NONE);
      Tensor depth = config.metric() ? x.sigmoid() : Functional.relu(x);
      return scope.keep(depth.times(config.maxDepth()).select(1, 0).contiguous());
    }
  }
}
