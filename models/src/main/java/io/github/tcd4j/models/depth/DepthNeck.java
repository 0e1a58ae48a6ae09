package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Brings a backbone's features to one number of channels and adds them up from the deepest to the
 * shallowest: {@code DPTNeck} and {@code DepthAnythingNeck}.
 *
 * @param reassembly what is done to each feature first
 * @param convs to the common channels
 * @param exact whether a sum gets the size of the next feature, as in Depth-Anything; else twice
 *     its own, as in DPT
 * @param output which sum is given
 */
record DepthNeck(
    List<UnaryOperator<TokenMap>> reassembly,
    List<Conv2d> convs,
    List<FusionLayer> layers,
    boolean exact,
    int output) {
  /**
   * @param w at {@code neck}
   * @param normed whether residual units have batch norms
   */
  static DepthNeck of(
      Weights w,
      NeckConfig config,
      List<UnaryOperator<TokenMap>> reassembly,
      boolean exact,
      boolean normed) {
    List<Conv2d> convs = new ArrayList<>();
    List<FusionLayer> layers = new ArrayList<>();
    int n = config.channels().size();
    for (int i = 0; i < n; i++) {
      convs.add(withoutBias(w.at("convs").at(i), config.channels().get(i), config.fusion()));
      Weights layer = w.at("fusion_stage").at("layers").at(i);
      layers.add(FusionLayer.of(layer, config.fusion(), normed));
    }
    int output = config.output() < 0 ? config.output() + n : config.output();
    return new DepthNeck(reassembly, convs, layers, exact, output);
  }

  /** Kernel 3, the size kept. */
  static Conv2d withoutBias(Weights w, long in, long out) {
    Tensor weight = w.get("weight", Init.fan(in * 9), out, in, 3, 3);
    return new Conv2d(w.path(), weight, null, 1, 1, w.arithmetic());
  }

  /** Features, the shallowest first, to one map (B, fusion, h, w). */
  Tensor forward(List<TokenMap> features) {
    List<Tensor> maps = new ArrayList<>();
    for (int i = 0; i < features.size(); i++) {
      int at = i;
      maps.add(
          Scope.result(
              () -> {
                TokenMap own = reassembly.get(at).apply(features.get(at));
                return convs.get(at).forward(own.map(), Adapters.NONE);
              }));
    }
    int n = maps.size();
    Tensor sum = maps.get(n - 1);
    for (int i = 0; i <= output; i++) {
      Tensor deep = sum;
      Tensor skip = i == 0 ? null : maps.get(n - 1 - i);
      Tensor next = exact && i < n - 1 ? maps.get(n - 2 - i) : null;
      long height = next == null ? 2 * deep.size(2) : next.size(2);
      long width = next == null ? 2 * deep.size(3) : next.size(3);
      FusionLayer layer = layers.get(i);
      sum = Scope.result(() -> layer.forward(deep, skip, height, width));
    }
    return sum;
  }
}
