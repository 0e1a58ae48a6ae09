package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * New parameters for training, drawn in the order of construction from one seeded stream. They want
 * gradients and belong to the scope that is open where the network is built.
 */
public final class InitializedWeights implements Weights.Source {
  private final RandomSource random;
  private final Device device;
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();

  /** On the processor. */
  public InitializedWeights(long seed) {
    this(seed, Device.CPU);
  }

  /** The same numbers on every device. */
  public InitializedWeights(long seed, Device device) {
    this.device = device;
    random = new RandomSource(seed);
  }

  @Override
  public Tensor parameter(String name, Init init, long... shape) {
    try (Scope scope = Scope.inference()) {
      Tensor drawn = init.draw(random, shape).channelsLast().detach().copy().to(device);
      Tensor t = drawn.requiresGrad_(true);
      if (parameters.putIfAbsent(name, t) != null) {
        throw new WeightsException(name + " was requested twice");
      }
      return scope.keep(t);
    }
  }

  @Override
  public boolean has(String name) {
    return true;
  }

  /** All parameters drawn so far, by name, in order of construction. */
  public Map<String, Tensor> parameters() {
    return Collections.unmodifiableMap(parameters);
  }
}
