package io.github.tcd4j.training.adapter;

import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * New parameters of which some start as copies of another network's and the others as fresh ones
 * do. They want gradients and belong to the scope that is open where the network is built.
 */
final class StartingWeights implements Weights.Source {
  private final Map<String, Tensor> start;
  private final InitializedWeights fresh;
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();

  /**
   * @param start by the new network's names; what it has no place for, or another shape, is not
   *     used
   */
  StartingWeights(Map<String, Tensor> start, long seed, Device device) {
    this.start = start;
    this.fresh = new InitializedWeights(seed, device);
  }

  @Override
  public Tensor parameter(String name, Init init, long... shape) {
    Tensor other = start.get(name);
    Tensor t =
        other != null && Arrays.equals(other.shape(), shape)
            ? copy(other)
            : fresh.parameter(name, init, shape);
    parameters.put(name, t);
    return t;
  }

  private static Tensor copy(Tensor other) {
    try (Scope scope = Scope.inference()) {
      return scope.keep(other.detach().copy().requiresGrad_(true));
    }
  }

  @Override
  public boolean has(String name) {
    return true;
  }

  @Override
  public Device device() {
    return fresh.device();
  }

  /** All parameters, by name, in order of construction. */
  Map<String, Tensor> parameters() {
    return parameters;
  }
}
