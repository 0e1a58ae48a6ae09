package io.github.tcd4j.pipeline.checkpoint;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.tensor.Tensor;
import java.util.Map;

/**
 * How an upscaler adds noise to the small picture that it reads (diffusers' {@code
 * low_res_scheduler}, a DDPMScheduler). The noise hides what enlarging would otherwise repeat, such
 * as the blocks of a JPEG: the more there is, the more detail the network makes up.
 *
 * @param schedule of the noise by its level
 * @param most the greatest noise level that the model was trained with
 */
public record LowResScheduler(VpSchedule schedule, int most) {
  /** The folder of its configuration. */
  public static final String FOLDER = "low_res_scheduler";

  /** Its configuration in a model folder. */
  static final String CONFIG = FOLDER + "/scheduler_config.json";

  /** The noise level where none is chosen; diffusers' default. */
  public static final int DEFAULT_LEVEL = 20;

  /** What {@code max_noise_level} is where a model does not say. */
  static final int USUAL_MOST = 350;

  /**
   * That of a model.
   *
   * @param json its {@code scheduler_config.json}
   */
  static LowResScheduler of(ModelFolder folder, JsonNode json) {
    ConfigFields index = new ConfigFields(folder.name(), folder.indexJson());
    int most = index.integer("max_noise_level", USUAL_MOST);
    if (most < 0) {
      throw new ModelException(
          folder.name() + ": max_noise_level must be at least 0 but is " + most);
    }
    int classes = folder.unet().numClassEmbeds();
    return FileErrors.in(folder.lowResConfig(), () -> of(json, most, classes));
  }

  private static LowResScheduler of(JsonNode json, int most, int classes) {
    Map<String, Object> entries = new ObjectMapper().convertValue(json, new TypeReference<>() {});
    VpSchedule schedule = SchedulerConfig.of(entries).schedule(SchedulerConfig.Betas.PIXEL);
    int last = Math.min(schedule.steps(), classes) - 1;
    return new LowResScheduler(schedule, Math.min(most, last));
  }

  /**
   * Checks a noise level.
   *
   * @throws InvalidRequestException if the model was not trained with it
   */
  public int checked(int level) {
    if (level < 0 || level > most) {
      throw new InvalidRequestException(
          ("the noise level of this upscaler must be in [0, " + most + "] but was " + level)
              + "; more noise lets it make up more, less keeps it to the picture");
    }
    return level;
  }

  /** Pictures with noise of a level: both (B, 3, h, w). */
  public Tensor noised(Tensor pictures, Tensor noise, int level) {
    return schedule.at(level).point(pictures, noise);
  }
}
