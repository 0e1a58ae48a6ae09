package io.github.tcd4j.pipeline.internal;

import io.github.tcd4j.models.layers.FileWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.function.Function;

/**
 * The weights of a network that was read, and their file, which stays open as long as LoRAs may be
 * exchanged. Owns the weights, whatever scope is open.
 */
record NetworkFile(FileWeights weights, TensorFile file) implements AutoCloseable {
  /** What {@code build} makes of the weights. */
  <T> T read(Function<Weights, T> build) {
    try (Scope scope = Scope.inference()) {
      T network = build.apply(Weights.of(weights));
      weights.parameters().values().forEach(scope::disown);
      return network;
    }
  }

  /** Reads what is not in memory yet, to the last page. */
  void bringIn() {
    weights.own().forEach(TensorFile::bringIn);
  }

  @Override
  public void close() {
    weights.parameters().values().forEach(Tensor::close);
    weights.fused().close();
    file.close();
  }
}
