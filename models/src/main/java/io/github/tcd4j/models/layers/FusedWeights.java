package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Weights that take the place of a network's own in a forward call: what LoRAs made of them, once
 * for all steps, so that a step costs no more than without a LoRA. Owns its tensors until the
 * {@link #close}.
 */
public final class FusedWeights implements Adapters, AutoCloseable {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  private final Map<String, Tensor> weights = new HashMap<>();
  private final Map<String, Tensor> biases = new HashMap<>();

  @Override
  public List<WeightChange> at(String path) {
    return List.of();
  }

  @Override
  public Tensor weight(String path, Tensor own) {
    return weights.getOrDefault(path, own);
  }

  @Override
  public Tensor bias(String path, Tensor own) {
    return biases.getOrDefault(path, own);
  }

  /** Takes the tensor, whatever scope it belongs to, for the parameter of that full name. */
  void put(String name, Tensor tensor) {
    Tensor before = map(name).put(path(name), tensor);
    if (before != null) {
      before.close();
    }
  }

  /** Frees what stands for that parameter, so that it and its successor are not there together. */
  void drop(String name) {
    Tensor before = map(name).remove(path(name));
    if (before != null) {
      before.close();
    }
  }

  boolean has(String name) {
    return (name.endsWith(WEIGHT) || name.endsWith(BIAS)) && map(name).containsKey(path(name));
  }

  private Map<String, Tensor> map(String name) {
    return name.endsWith(BIAS) ? biases : weights;
  }

  private static String path(String name) {
    String ending = name.endsWith(BIAS) ? BIAS : WEIGHT;
    if (!name.endsWith(ending)) {
      throw new WeightsException(
          name + " is no weight or bias of a layer, so none takes its place");
    }
    return name.substring(0, name.length() - ending.length());
  }

  @Override
  public void close() {
    weights.values().forEach(Tensor::close);
    biases.values().forEach(Tensor::close);
    weights.clear();
    biases.clear();
  }
}
