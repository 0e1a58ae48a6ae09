package io.github.tcd4j.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.files.Family;
import io.github.tcd4j.models.files.SingleFile;
import io.github.tcd4j.pipeline.ModelFolder.Part;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model in a single file, with what such files leave out: the tokenizer, which is looked for
 * beside the file, and the noise schedule, which is the family's.
 *
 * @param path of the file
 * @param words folder of a tokenizer, or one with the folders {@code tokenizer} and {@code
 *     tokenizer_2} in it; null for the file's own folder
 */
record ModelFile(Path path, SingleFile weights, @Nullable Path words) {
  /** What OpenCLIP's models are trained to see behind the text. */
  private static final String OPEN_CLIP_PAD = "!";

  static ModelFile open(Path path, @Nullable Path tokenizer, boolean vae) {
    ModelFile file = new ModelFile(path, SingleFile.open(path), tokenizer);
    file.requireParts(vae);
    return file;
  }

  private void requireParts(boolean vae) {
    List<String> missing = new ArrayList<>();
    for (Part part : parts()) {
      if (!weights.has(part.component) && (vae || part != Part.VAE)) {
        missing.add(part.folder);
      }
    }
    if (!missing.isEmpty()) {
      throw new PipelineException(
          "model file "
              + path
              + " holds no "
              + String.join(" and no ", missing)
              + (missing.equals(List.of("vae")) ? "; --vae names one" : ""));
    }
    tokenizer(Part.TEXT_ENCODER);
  }

  List<Part> parts() {
    return weights.family() == Family.SDXL
        ? List.of(Part.values())
        : List.of(Part.UNET, Part.TEXT_ENCODER, Part.VAE);
  }

  ModelFamily family() {
    return weights.family() == Family.SDXL ? ModelFamily.SDXL : ModelFamily.SD;
  }

  /** The tokenizer of a text encoder; one that serves both is padded as each is used to. */
  ClipTokenizer tokenizer(Part part) {
    Path folder = tokenizerFolder(part);
    ClipTokenizer tokenizer = ClipTokenizer.load(folder);
    boolean own = folder.endsWith(String.valueOf(part.tokenizer));
    boolean openClip = part.component == Component.TEXT_ENCODER_2 || weights.family() == Family.SD2;
    return openClip && !own ? tokenizer.paddedWith(OPEN_CLIP_PAD) : tokenizer;
  }

  Path tokenizerFolder(Part part) {
    Path parent = path.toAbsolutePath().getParent();
    Path around = words != null ? words : parent == null ? Path.of("") : parent;
    Path own = around.resolve(String.valueOf(part.tokenizer));
    if (isTokenizer(own)) {
      return own;
    }
    Path shared = words != null && isTokenizer(words) ? words : around.resolve("tokenizer");
    if (!isTokenizer(shared)) {
      throw new PipelineException(
          ("model file " + path + " holds no tokenizer and there is none in " + around)
              + ("; --tokenizer names the folder tokenizer of any Stable Diffusion model, with")
              + " vocab.json and merges.txt");
    }
    return shared;
  }

  private static boolean isTokenizer(Path folder) {
    return Files.isRegularFile(folder.resolve("tokenizer.json"))
        || (Files.isRegularFile(folder.resolve("vocab.json"))
            && Files.isRegularFile(folder.resolve("merges.txt")));
  }

  /** What diffusers needs to open the parts in a folder. */
  JsonNode indexJson() {
    boolean xl = weights.family() == Family.SDXL;
    ObjectNode index = JsonNodeFactory.instance.objectNode();
    index.put("_class_name", xl ? "StableDiffusionXLPipeline" : "StableDiffusionPipeline");
    index.put("_diffusers_version", "0.42.1");
    String scheduler = schedulerConfig().path("_class_name").asText("DDIMScheduler");
    index.putArray("scheduler").add("diffusers").add(scheduler);
    index.putArray("unet").add("diffusers").add("UNet2DConditionModel");
    index.putArray("vae").add("diffusers").add("AutoencoderKL");
    index.putArray("text_encoder").add("transformers").add("CLIPTextModel");
    index.putArray("tokenizer").add("transformers").add("CLIPTokenizer");
    if (xl) {
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

  /** The schedule that all of these families were trained with, and what the network predicts. */
  JsonNode schedulerConfig() {
    JsonNode told = weights.scheduler();
    if (told != null) {
      return told;
    }
    boolean xl = weights.family() == Family.SDXL;
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("_class_name", xl ? "EulerDiscreteScheduler" : "DDIMScheduler");
    config.put("beta_schedule", "scaled_linear").put("beta_start", 0.00085).put("beta_end", 0.012);
    config.put("num_train_timesteps", 1000).put("steps_offset", 1);
    config.put("clip_sample", false).put("set_alpha_to_one", false);
    config.put("timestep_spacing", "leading").put("prediction_type", weights.prediction());
    if (weights.zeroTerminalSnr()) {
      config.put("rescale_betas_zero_snr", true).put("timestep_spacing", "trailing");
    }
    return config;
  }
}
