package io.github.tcd4j.training.network;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * The frozen U-Net of a model, with what the model's scheduler says of it: noise schedule and
 * parameterisation (noise, v or x0).
 *
 * @param weights of the U-Net by name
 * @param destinations by which it is conditioned on s; empty for most models
 * @param scheduler the model's {@code scheduler_config.json}
 */
public record Teacher(
    UNet2DConditionModel unet,
    Map<String, Tensor> weights,
    List<DestinationEmbedding> destinations,
    JsonNode scheduler,
    NoiseSchedule schedule,
    Prediction.Kind kind) {
  public Teacher {
    destinations = List.copyOf(destinations);
  }

  /** That of a model; it belongs to the open scope. */
  public static Teacher of(ModelFolder folder, LoadedModel model) {
    UNet2DConditionModel unet = model.unet();
    JsonNode json = folder.schedulerConfig();
    SchedulerConfig config = config(json);
    return new Teacher(
        unet,
        model.parameters(Component.UNET),
        model.destinations(),
        json,
        config.schedule(),
        config.prediction());
  }

  /** A {@code scheduler_config.json} with its schedule and prediction. */
  public static SchedulerConfig config(JsonNode scheduler) {
    return SchedulerConfig.of(
        new ObjectMapper().convertValue(scheduler, new TypeReference<Map<String, Object>>() {}));
  }

  public Device device() {
    return weights.values().iterator().next().device();
  }

  public DiffusionNetwork network() {
    return new DiffusionNetwork(unet, Adapters.NONE, destinations, kind);
  }
}
