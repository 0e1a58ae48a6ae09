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
 * A student that is conditioned on the destination s, TCF(S+): another one with an s-embedding
 * trained together with it, which is written into a file of its own.
 */
record SConditionedStudent(Student student, DestinationEmbedding embedding) implements Student {
  /** With a fresh embedding; it belongs to the open scope. */
  static SConditionedStudent fresh(long seed, Student student) {
    UNet2DConditionConfig config = student.network().unet().config();
    InitializedWeights fresh = new InitializedWeights(seed, student.lastLayer().device());
    return new SConditionedStudent(student, DestinationEmbedding.of(Weights.of(fresh), config));
  }

  @Override
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> all = new LinkedHashMap<>(student.parameters());
    all.putAll(embedding.parameters());
    return all;
  }

  @Override
  public DiffusionNetwork network() {
    return student.network().conditionedBy(embedding);
  }

  @Override
  public DiffusionNetwork over(Map<String, Tensor> others) {
    Checkpoint shared = new Checkpoint("the average", others.keySet(), others::get, false);
    UNet2DConditionConfig config = student.network().unet().config();
    return student.over(others).conditionedBy(DestinationEmbedding.of(Weights.of(shared), config));
  }

  @Override
  public Tensor lastLayer() {
    return student.lastLayer();
  }

  @Override
  public Path weights(Path folder) {
    return student.weights(folder);
  }

  /** Writes the embedding first, so that the weights can say which one they need. */
  @Override
  public void write(Path folder, @Nullable String destination) throws IOException {
    Path sidecar = DestinationEmbedding.fileNextTo(weights(folder));
    Files.createDirectories(sidecar.getParent());
    embedding.write(sidecar);
    student.write(folder, Sha256.of(sidecar));
  }
}
