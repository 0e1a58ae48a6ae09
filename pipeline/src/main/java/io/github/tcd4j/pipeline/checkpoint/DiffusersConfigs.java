package io.github.tcd4j.pipeline.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.files.Family;

/** The small files of a folder in diffusers' layout, for models that bring none of their own. */
public final class DiffusersConfigs {
  /** The version of diffusers whose layout this is. */
  private static final String VERSION = "0.42.1";

  private DiffusersConfigs() {}

  /**
   * A {@code model_index.json}.
   *
   * @param pipeline class of diffusers that opens the folder
   * @param scheduler class of its scheduler
   */
  public static ObjectNode index(String pipeline, String scheduler, Family family) {
    ObjectNode index = JsonNodeFactory.instance.objectNode();
    index.put("_class_name", pipeline);
    index.put("_diffusers_version", VERSION);
    index.putArray("scheduler").add("diffusers").add(scheduler);
    index.putArray("unet").add("diffusers").add("UNet2DConditionModel");
    index.putArray("vae").add("diffusers").add("AutoencoderKL");
    index.putArray("text_encoder").add("transformers").add("CLIPTextModel");
    index.putArray("tokenizer").add("transformers").add("CLIPTokenizer");
    if (family == Family.SDXL) {
      index.putArray("text_encoder_2").add("transformers").add("CLIPTextModelWithProjection");
      index.putArray("tokenizer_2").add("transformers").add("CLIPTokenizer");
      index.put("force_zeros_for_empty_prompt", true);
    } else {
      index.putArray("safety_checker").addNull().addNull();
      index.putArray("feature_extractor").addNull().addNull();
      index.put("requires_safety_checker", false);
    }
    return index;
  }

  /** The same of an upscaler, which has a second scheduler. */
  public static ObjectNode upscaler(String scheduler) {
    ObjectNode index = index(PipelineClass.UPSCALER, scheduler, Family.SD2);
    index.remove("requires_safety_checker");
    index.putArray("watermarker").addNull().addNull();
    index.putArray(LowResScheduler.FOLDER).add("diffusers").add("DDPMScheduler");
    return index.put("max_noise_level", LowResScheduler.USUAL_MOST);
  }

  /** The noise schedule of the small picture, which is that of the upscaler's latents too. */
  static ObjectNode lowResScheduler() {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("_class_name", "DDPMScheduler").put("num_train_timesteps", 1000);
    return config
        .put("beta_schedule", "scaled_linear")
        .put("beta_start", 0.0001)
        .put("beta_end", 0.02);
  }

  /**
   * A {@code scheduler_config.json} with the noise schedule that Stable Diffusion 1.x, 2.x and XL
   * were trained with.
   *
   * @param scheduler class of diffusers
   * @param prediction what the network predicts, by diffusers' name
   */
  public static ObjectNode scheduler(String scheduler, String prediction) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("_class_name", scheduler);
    config.put("beta_schedule", "scaled_linear").put("beta_start", 0.00085).put("beta_end", 0.012);
    config.put("num_train_timesteps", 1000).put("steps_offset", 1);
    config.put("clip_sample", false).put("set_alpha_to_one", false);
    config.put("timestep_spacing", "leading").put("prediction_type", prediction);
    return config;
  }
}
