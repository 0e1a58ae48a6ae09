package io.github.tcd4j.training.distill;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.lora.LoraMetadata;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.pipeline.checkpoint.DistilledGuidance;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.TrainingException;
import io.github.tcd4j.training.network.DiffusionNetwork;
import io.github.tcd4j.training.network.FrozenComponents;
import io.github.tcd4j.training.network.ModelExport;
import io.github.tcd4j.training.network.Teacher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A whole U-Net, copied from the teacher. It may be conditioned on the guidance w = g - 1 by an
 * embedding that the teacher lacks ({@code time_cond_proj_dim}); its projection starts at zero.
 *
 * @param parts the frozen networks that its folder holds too
 * @param scheduler class of diffusers that samples it
 * @param guidance scales with which it is distilled
 */
public record FullStudent(
    Teacher teacher,
    FrozenComponents parts,
    String scheduler,
    DistilledGuidance guidance,
    UNet2DConditionModel unet,
    Map<String, Tensor> parameters)
    implements Student {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String GUIDANCE = "time_embedding.cond_proj.weight";

  /**
   * A copy of the teacher; it belongs to the open scope.
   *
   * @param guidanceChannels channels of the embedding of w, 0 for none beyond the teacher's
   */
  public static FullStudent copy(
      Teacher teacher,
      FrozenComponents parts,
      String scheduler,
      DistilledGuidance guidance,
      int guidanceChannels)
      throws IOException {
    if (!teacher.destinations().isEmpty()) {
      throw new TrainingException(
          "a teacher with an s-embedding cannot become a whole student, which has no place for it;"
              + " distil it into a LoRA");
    }
    UNet2DConditionConfig config = teacher.unet().config();
    Map<String, Tensor> start = new HashMap<>(teacher.weights());
    if (guidanceChannels > 0) {
      ObjectNode json = (ObjectNode) JSON.readTree(config.toJson());
      config = UNet2DConditionConfig.of(json.put("time_cond_proj_dim", guidanceChannels));
      int channels = config.blockOutChannels().get(0);
      start.putIfAbsent(
          GUIDANCE, Tensor.zeros(DType.F32, channels, guidanceChannels).to(teacher.device()));
    }
    Set<String> names = new HashSet<>(start.keySet());
    Checkpoint copies = new Checkpoint("the teacher", names, start::get, true);
    UNet2DConditionModel unet = UNet2DConditionModel.of(Weights.of(copies), config);
    return new FullStudent(teacher, parts, scheduler, guidance, unet, copies.parameters());
  }

  @Override
  public DiffusionNetwork network() {
    return DiffusionNetwork.plain(unet, teacher.kind());
  }

  @Override
  public DiffusionNetwork over(Map<String, Tensor> others) {
    Checkpoint shared = new Checkpoint("the average", others.keySet(), others::get, false);
    return DiffusionNetwork.plain(
        UNet2DConditionModel.of(Weights.of(shared), unet.config()), teacher.kind());
  }

  @Override
  public Tensor lastLayer() {
    return Objects.requireNonNull(parameters.get("conv_out.weight"));
  }

  @Override
  public Path weights(Path folder) {
    return folder.resolve("unet").resolve(ModelExport.WEIGHTS);
  }

  /** Writes a whole model folder, float16, as diffusers reads it. */
  @Override
  public void write(Path folder, @Nullable String destination) throws IOException {
    ObjectNode sampled = teacher.scheduler().deepCopy();
    sampled.put("_class_name", scheduler);
    Map<String, String> header = new HashMap<>(guidance.toMap());
    if (destination != null) {
      header.put(LoraMetadata.DESTINATION, destination);
    }
    parts.writeModel(folder, unet.config().toJson(), parameters, sampled, header);
  }
}
