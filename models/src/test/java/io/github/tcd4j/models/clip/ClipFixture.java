package io.github.tcd4j.models.clip;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** A folder made by {@code oracle/make_clip_fixtures.py}: a network, its inputs and outputs. */
final class ClipFixture implements AutoCloseable {
  static final Path FOLDER = Path.of("src", "test", "resources", "clip");

  private final Path folder;
  private final SafeTensors weights;
  private final SafeTensors io;
  final Checkpoint checkpoint;

  ClipFixture(String name) {
    this(name, false);
  }

  ClipFixture(String name, boolean trainable) {
    folder = FOLDER.resolve(name);
    weights = SafeTensors.open(folder.resolve("model.safetensors"));
    io = SafeTensors.open(folder.resolve("io.safetensors"));
    checkpoint = new Checkpoint(name, weights.names(), weights::get, trainable);
  }

  Path config() {
    return folder.resolve("config.json");
  }

  Weights root() {
    return Weights.of(checkpoint);
  }

  List<String> keys() {
    return weights.names().stream().sorted().toList();
  }

  long[] shape(String key) {
    return weights.shape(key);
  }

  Tensor tensor(String name) {
    return io.get(name);
  }

  /** Fails where the tensor is further from the fixture's than 1e-5 of that one's scale. */
  void check(String name, Tensor actual) {
    Tensor expected = tensor(name);
    assertThat(actual.shape()).as(name).isEqualTo(expected.shape());
    float[] a = actual.detach().toFloatArray();
    float[] e = expected.toFloatArray();
    double scale = 0;
    double worst = 0;
    for (int i = 0; i < e.length; i++) {
      scale = Math.max(scale, Math.abs(e[i]));
      // NaN compares false: it must not pass for a small difference.
      double difference = Math.abs(a[i] - (double) e[i]);
      worst = difference <= worst ? worst : difference;
    }
    assertThat(scale).as(name + " is not all zero").isPositive();
    assertThat(worst / scale).as(name + " " + Arrays.toString(actual.shape())).isLessThan(1e-5);
  }

  void checkHidden(List<Tensor> hidden) {
    for (int i = 0; i < hidden.size(); i++) {
      check("hidden." + i, hidden.get(i));
    }
    assertThat(io.names()).doesNotContain("hidden." + hidden.size());
  }

  static JsonNode json(Path file) {
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    weights.close();
    io.close();
  }
}
