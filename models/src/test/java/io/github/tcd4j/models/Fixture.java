package io.github.tcd4j.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A tiny network of diffusers with its inputs, outputs and gradients, made by {@code
 * oracle/make_unet_vae_fixtures.py}, whose way of drawing weights and projecting gradients this
 * class repeats.
 */
public final class Fixture implements AutoCloseable {
  private static final int WHOLE = 64;
  private static final int DIRECTIONS = 8;

  private final SafeTensors tensors;
  private final long number;
  private final double gain;
  private final JsonNode config;
  private final TreeMap<String, long[]> shapes = new TreeMap<>();

  /** Opens {@code NAME.json} and {@code NAME.safetensors} among the resources. */
  public Fixture(String name) {
    try {
      JsonNode description = new ObjectMapper().readTree(resource(name + ".json"));
      number = description.get("case").asLong();
      gain = description.get("gain").asDouble();
      config = description.get("config");
      for (var e : description.get("parameters").properties()) {
        long[] shape = new long[e.getValue().size()];
        for (int i = 0; i < shape.length; i++) {
          shape[i] = e.getValue().get(i).asLong();
        }
        shapes.put(e.getKey(), shape);
      }
      tensors = SafeTensors.open(Path.of(resource(name + ".safetensors").getPath()));
    } catch (IOException e) {
      throw new IllegalStateException("cannot read fixture " + name, e);
    }
  }

  private static URL resource(String name) {
    URL url = Fixture.class.getResource("/" + name);
    if (url == null) {
      throw new IllegalStateException("no fixture " + name + "; run oracle/");
    }
    return url;
  }

  public JsonNode config() {
    return config;
  }

  public Iterable<String> parameterNames() {
    return shapes.keySet();
  }

  public boolean has(String tensor) {
    return tensors.names().contains(tensor);
  }

  public Tensor get(String tensor) {
    return tensors.get(tensor);
  }

  /** Trainable weights by the script's formula. */
  public Checkpoint weights() {
    List<String> order = new ArrayList<>(shapes.keySet());
    return new Checkpoint(
        "fixture", shapes.keySet(), name -> draw(name, 1000 * number + order.indexOf(name)), true);
  }

  private Tensor draw(String name, long seed) {
    long[] shape = shapes.get(name);
    Tensor n = new RandomSource(seed).normal(shape);
    if (shape.length == 1 && name.endsWith("weight")) {
      return n.times(0.3).plus(1);
    }
    double inputs = (double) n.numel() / shape[0];
    return n.times(gain * (shape.length == 1 ? 0.3 : 1 / Math.sqrt(inputs)));
  }

  /** The sum over all outputs of output times the script's random numbers for it. */
  public Tensor loss(Tensor... outputs) {
    Tensor loss = Tensor.scalar(0);
    for (int j = 0; j < outputs.length; j++) {
      Tensor r = new RandomSource(900_000 + 10 * number + j).normal(outputs[j].shape());
      loss = loss.plus(outputs[j].times(r).sum());
    }
    return loss;
  }

  /**
   * Compares the gradient of every parameter, tensor by tensor, to 1e-4 of that tensor's scale. One
   * that is zero in exact arithmetic must be below 1e-6 of the largest of all.
   */
  public void assertGradients(Map<String, Tensor> parameters) {
    Tensor expected = get("gradients");
    double largest = expected.abs().max().item();
    long start = 0;
    long i = 0;
    for (String name : shapes.keySet()) {
      Tensor g = Autograd.gradient(parameters.get(name)).reshape(-1).to(DType.F64);
      if (g.numel() > WHOLE) {
        Tensor directions =
            new RandomSource(500_000 + 1000 * number + i).normal(DIRECTIONS, g.numel());
        g = directions.to(DType.F64).matmul(g);
      }
      Tensor exact = expected.narrow(0, start, g.numel());
      if (exact.abs().max().item() > 1e-12 * largest) {
        assertClose("gradient of " + name, g, exact, 1e-4);
      } else {
        assertThat(name).contains("to_k.bias");
        assertThat(g.abs().max().item()).as("gradient of " + name).isLessThan(1e-6 * largest);
      }
      start += g.numel();
      i++;
    }
    assertThat(start).isEqualTo(expected.numel());
  }

  /** Compares shapes and elements, these to {@code tolerance} times the largest expected one. */
  public static void assertClose(String what, Tensor actual, Tensor expected, double tolerance) {
    assertThat(actual.shape()).as("shape of " + what).isEqualTo(expected.shape());
    Tensor exact = expected.to(DType.F64);
    double scale = exact.abs().max().item();
    double error = actual.detach().to(DType.F64).minus(exact).abs().max().item();
    assertThat(scale).as("scale of " + what).isPositive();
    assertThat(error / scale)
        .as("error of " + what + " relative to its scale")
        .isLessThan(tolerance);
  }

  @Override
  public void close() {
    tensors.close();
  }
}
