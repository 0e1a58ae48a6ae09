package io.github.tcd4j.training.distill;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.lora.LoraAdapter;
import io.github.tcd4j.models.lora.LoraConfig;
import io.github.tcd4j.models.lora.LoraMetadata;
import io.github.tcd4j.models.lora.LoraStyle;
import io.github.tcd4j.models.lora.LoraWriter;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.network.DiffusionNetwork;
import io.github.tcd4j.training.network.Teacher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A LoRA on the teacher's own weights: without the adapter the same network is the teacher.
 *
 * @param card what the file says of itself
 */
record LoraStudent(Teacher teacher, LoraAdapter adapter, LoraMetadata card) implements Student {
  /** A fresh one of the card's rank and alpha; it belongs to the open scope. */
  static LoraStudent fresh(long seed, Teacher teacher, LoraMetadata card) {
    LoraConfig config = new LoraConfig(card.rank(), card.alpha(), LoraConfig.USUAL_TARGETS);
    List<LayerShape> layers = LayerShape.of(teacher.weights());
    return new LoraStudent(
        teacher, LoraAdapter.fresh(seed, config, layers, teacher.device()), card);
  }

  @Override
  public Map<String, Tensor> parameters() {
    return adapter.parameters();
  }

  @Override
  public DiffusionNetwork network() {
    return network(adapter);
  }

  @Override
  public DiffusionNetwork over(Map<String, Tensor> others) {
    return network(adapter.withParameters(others));
  }

  private DiffusionNetwork network(Adapters adapters) {
    return new DiffusionNetwork(teacher.unet(), adapters, teacher.destinations(), teacher.kind());
  }

  @Override
  public Tensor lastLayer() {
    List<Adapters.LoraDelta> deltas = List.copyOf(adapter.deltas().values());
    return deltas.get(deltas.size() - 1).up();
  }

  @Override
  public Path weights(Path folder) {
    return folder.resolve(card.method() + ".safetensors");
  }

  /**
   * Writes {@code METHOD.safetensors}, a LoRA that says in its metadata how to generate with it.
   */
  @Override
  public void write(Path folder, @Nullable String destination) throws IOException {
    Files.createDirectories(folder);
    LoraWriter.write(
        weights(folder), adapter, LoraStyle.KOHYA, DType.F16, card.withDestination(destination));
  }
}
