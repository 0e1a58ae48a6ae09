package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A linear layer, a convolution or a norm of a network, by its path and the shape of its weight:
 * what a LoRA needs to know in order to change it.
 *
 * @param path the weight's name without {@code .weight}
 * @param in input features or channels; 0 for a norm
 * @param out output features or channels
 * @param kernelHeight 0 for a linear layer
 * @param kernelWidth 0 for a linear layer
 * @param bias whether it has one, as far as is known
 */
public record LayerShape(
    String path, long in, long out, long kernelHeight, long kernelWidth, boolean bias) {
  private static final String WEIGHT = ".weight";

  /** Of a layer of whose bias nothing is known. */
  public LayerShape(String path, long in, long out, long kernelHeight, long kernelWidth) {
    this(path, in, out, kernelHeight, kernelWidth, false);
  }

  public static LayerShape linear(String path, long in, long out) {
    return new LayerShape(path, in, out, 0, 0);
  }

  /** A norm of that many channels, with a weight and a bias. */
  public static LayerShape norm(String path, long channels) {
    return new LayerShape(path, 0, channels, 0, 0, true);
  }

  public boolean convolution() {
    return kernelHeight > 0;
  }

  /** Number of inputs to one output: features, or channels x kernel area. */
  public long fanIn() {
    return convolution() ? in * kernelHeight * kernelWidth : in;
  }

  /**
   * The layers among a network's parameters, in their order: a weight of 2 dimensions is a linear
   * layer, of 4 a convolution; norms have 1. Tables of embeddings, which have 2 as well, are known
   * by their name.
   */
  public static List<LayerShape> of(Map<String, Tensor> parameters) {
    List<LayerShape> layers = new ArrayList<>();
    parameters.forEach((name, tensor) -> add(layers, name, tensor.shape()));
    return layers;
  }

  /**
   * The same of a network's file, of which nothing but the shapes is read; with its norms, and with
   * what is known of biases.
   */
  public static List<LayerShape> of(TensorFile file) {
    List<LayerShape> layers = new ArrayList<>();
    for (String name : file.names()) {
      int before = layers.size();
      add(layers, name, file.shape(name));
      String path = name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) : "";
      boolean bias = file.names().contains(path + ".bias");
      if (layers.size() > before) {
        LayerShape s = layers.remove(before);
        layers.add(new LayerShape(path, s.in, s.out, s.kernelHeight, s.kernelWidth, bias));
      } else if (bias && file.shape(name).length == 1) {
        layers.add(norm(path, file.shape(name)[0]));
      }
    }
    return layers;
  }

  private static void add(List<LayerShape> layers, String name, long... s) {
    if (!name.endsWith(WEIGHT)) {
      return;
    }
    String path = name.substring(0, name.length() - WEIGHT.length());
    if (s.length == 4) {
      layers.add(new LayerShape(path, s[1], s[0], s[2], s[3]));
    } else if (s.length == 2 && !path.endsWith("embedding")) {
      layers.add(linear(path, s[1], s[0]));
    }
  }
}
