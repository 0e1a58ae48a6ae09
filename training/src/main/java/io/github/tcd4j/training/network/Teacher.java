package io.github.tcd4j.training.network;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * The frozen U-Net of a model folder, with what the folder's scheduler says of it: noise schedule
 * and language (noise, v or x0).
 *
 * @param folder of the U-Net
 * @param weights of the U-Net by name
 * @param scheduler the model's {@code scheduler_config.json}
 */
public record Teacher(
    Path folder,
    UNet2DConditionModel unet,
    Map<String, Tensor> weights,
    JsonNode scheduler,
    NoiseSchedule schedule,
    Prediction.Kind kind) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Reads it out of a model folder in diffusers' layout; it belongs to the open scope. */
  public static Teacher of(Path model, Device device) throws IOException {
    Path folder = model.resolve("unet");
    Checkpoint checkpoint =
        FrozenComponents.checkpoint(folder.resolve(ModelExport.WEIGHTS), null, device);
    UNet2DConditionModel unet =
        UNet2DConditionModel.of(
            Weights.of(checkpoint), UNet2DConditionConfig.read(folder.resolve("config.json")));
    JsonNode json = JSON.readTree(model.resolve("scheduler/scheduler_config.json").toFile());
    SchedulerConfig config =
        SchedulerConfig.of(JSON.convertValue(json, new TypeReference<Map<String, Object>>() {}));
    return new Teacher(
        folder, unet, checkpoint.parameters(), json, config.schedule(), config.prediction());
  }

  public Device device() {
    return weights.values().iterator().next().device();
  }

  public DiffusionNetwork network() {
    return DiffusionNetwork.plain(unet, kind);
  }
}
