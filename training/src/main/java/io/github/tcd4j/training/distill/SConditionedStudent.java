package io.github.tcd4j.training.distill;

import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.network.DiffusionNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A student that is told the destination s, TCF(S+): another one with an s-embedding trained beside
 * it, which is written into a file of its own.
 */
record SConditionedStudent(Student blind, DestinationEmbedding embedding) implements Student {
  /** With a fresh embedding; it belongs to the open scope. */
  static SConditionedStudent fresh(long seed, Student blind) {
    UNet2DConditionConfig config = blind.network().unet().config();
    InitializedWeights fresh = new InitializedWeights(seed, blind.lastLayer().device());
    return new SConditionedStudent(blind, DestinationEmbedding.of(Weights.of(fresh), config));
  }

  @Override
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> all = new LinkedHashMap<>(blind.parameters());
    all.putAll(embedding.parameters());
    return all;
  }

  @Override
  public DiffusionNetwork network() {
    return blind.network().seeing(embedding);
  }

  @Override
  public DiffusionNetwork over(Map<String, Tensor> others) {
    Checkpoint shared = new Checkpoint("the average", others.keySet(), others::get, false);
    UNet2DConditionConfig config = blind.network().unet().config();
    return blind.over(others).seeing(DestinationEmbedding.of(Weights.of(shared), config));
  }

  @Override
  public Tensor lastLayer() {
    return blind.lastLayer();
  }

  @Override
  public Path weights(Path folder) {
    return blind.weights(folder);
  }

  /** Writes the embedding first, so that the weights can say which one they need. */
  @Override
  public void write(Path folder, @Nullable String destination) throws IOException {
    Path sidecar = DestinationEmbedding.beside(weights(folder));
    Files.createDirectories(sidecar.getParent());
    embedding.write(sidecar);
    blind.write(folder, Sha256.of(sidecar));
  }
}
