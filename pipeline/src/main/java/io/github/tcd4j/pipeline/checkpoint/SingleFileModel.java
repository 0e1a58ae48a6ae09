package io.github.tcd4j.pipeline.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.clip.ClipVocabulary;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.files.Family;
import io.github.tcd4j.models.files.SingleFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model in a single file, with what such files leave out: the tokenizer, which is looked for in
 * the folder of the file and else CLIP's own, at times the text encoders, which are looked for
 * there too, and the noise schedule, which is the family's.
 *
 * @param path of the file
 * @param others where the user says that components are
 */
public record SingleFileModel(Path path, SingleFile weights, ComponentOverrides others) {
  /** What OpenCLIP's models are trained to see behind the text. */
  private static final String OPEN_CLIP_PAD = "!";

  static SingleFileModel open(Path path, ComponentOverrides others) {
    SingleFileModel file = new SingleFileModel(path, SingleFile.open(path), others);
    file.requireParts();
    return file;
  }

  /** The same of a network that predicts something else. */
  SingleFileModel predicting(String prediction) {
    return new SingleFileModel(path, weights.predicting(prediction), others);
  }

  private void requireParts() {
    List<String> missing = new ArrayList<>();
    StringBuilder remedy = new StringBuilder();
    Hint hint = Hint.NONE;
    for (Component component : components()) {
      boolean there = weights.has(component) || external(component) != null;
      if (component == Component.VAE && !there && others.vae() == null) {
        missing.add(component.folder());
        hint = Hint.OTHER_VAE;
        remedy.append("; name an autoencoder");
      } else if (component != Component.VAE && !there) {
        missing.add(component.folder());
        hint =
            hint == Hint.OTHER_VAE || hint == Hint.OTHER_COMPONENTS
                ? Hint.OTHER_COMPONENTS
                : Hint.OTHER_TEXT_ENCODER;
        remedy.append("; name the folder of a model that has the folder ");
        remedy.append(component.folder());
      }
    }
    if (!missing.isEmpty()) {
      throw new ModelException(
          "model file " + path + " holds no " + String.join(" and no ", missing) + remedy, hint);
    }
    tokenizer(Component.TEXT_ENCODER);
  }

  /** The folder of a text encoder that the file leaves out; null where it is inside, or nowhere. */
  @Nullable Path external(Component component) {
    if (!component.isText() || weights.has(component)) {
      return null;
    }
    Path named = others.textEncoder();
    Path own = (named == null ? parent() : named).resolve(component.folder());
    if (isNetwork(own, component)) {
      return own;
    }
    return component == Component.TEXT_ENCODER && named != null && isNetwork(named, component)
        ? named
        : null;
  }

  private static boolean isNetwork(Path folder, Component component) {
    return Files.isRegularFile(folder.resolve("config.json"))
        && WeightFiles.find(folder, component.weightsStem()) != null;
  }

  private Path parent() {
    Path parent = path.toAbsolutePath().getParent();
    return parent == null ? Path.of("") : parent;
  }

  /** What the user should know of the file and of what is taken from its folder. */
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    notes.add(weights.sentence());
    for (Component component : components()) {
      if (external(component) != null) {
        notes.add(component.folder() + " is that of " + external(component));
      }
      if (component.isText() && tokenizerFolder(component) == null) {
        notes.add("its " + component.tokenizer() + " is CLIP's own, as the file holds none");
      }
    }
    return notes;
  }

  List<Component> components() {
    return ModelFolder.components(family() == Family.SDXL);
  }

  Family family() {
    return weights.family();
  }

  /** The tokenizer of a text encoder; OpenCLIP's is padded as they all were, whosever it was. */
  ClipTokenizer tokenizer(Component component) {
    Path folder = tokenizerFolder(component);
    ClipTokenizer tokenizer = folder == null ? ClipTokenizer.ofClip() : ClipTokenizer.load(folder);
    boolean openClip = component == Component.TEXT_ENCODER_2 || weights.family() == Family.SD2;
    return openClip && tokenizer.knows(OPEN_CLIP_PAD)
        ? tokenizer.paddedWith(OPEN_CLIP_PAD)
        : tokenizer;
  }

  /** The folder of its tokenizer; null where none is there and CLIP's own is meant. */
  @Nullable Path tokenizerFolder(Component component) {
    Path words = others.tokenizer();
    Path around = words == null ? parent() : words;
    Path own = around.resolve(String.valueOf(component.tokenizer()));
    if (isTokenizer(own)) {
      return own;
    }
    Path shared = words != null && isTokenizer(words) ? words : around.resolve("tokenizer");
    if (!isTokenizer(shared) && words == null && vocabulary(component) == ClipVocabulary.SIZE) {
      return null;
    }
    if (!isTokenizer(shared)) {
      throw new ModelException(
          ("model file " + path + " holds no tokenizer and there is none in " + around)
              + ("; name the folder tokenizer of any Stable Diffusion model, with")
              + " vocab.json and merges.txt",
          Hint.OTHER_TOKENIZER);
    }
    return shared;
  }

  /** Rows of the embedding of tokens. */
  private int vocabulary(Component component) {
    Path external = external(component);
    return external == null
        ? weights.text(component).vocabSize()
        : ClipTextConfig.read(external.resolve("config.json")).vocabSize();
  }

  private static boolean isTokenizer(Path folder) {
    return Files.isRegularFile(folder.resolve("tokenizer.json"))
        || (Files.isRegularFile(folder.resolve("vocab.json"))
            && Files.isRegularFile(folder.resolve("merges.txt")));
  }

  /** Whether an absent negative prompt is a row of zeros, as SDXL's pipelines have it. */
  boolean zerosWithoutNegative() {
    return new ConfigFields(path.toString(), indexJson())
        .flag("force_zeros_for_empty_prompt", weights.family() == Family.SDXL);
  }

  /** What diffusers needs to open the components in a folder. */
  JsonNode indexJson() {
    JsonNode declared = weights.index();
    if (declared != null) {
      return declared;
    }
    boolean xl = weights.family() == Family.SDXL;
    String scheduler = schedulerConfig().path("_class_name").asText("DDIMScheduler");
    if (weights.upscales()) {
      return DiffusersConfigs.upscaler(scheduler);
    }
    return DiffusersConfigs.index(pipelineClass(xl), scheduler, family());
  }

  private String pipelineClass(boolean xl) {
    if (weights.inpainting()) {
      return xl ? "StableDiffusionXLInpaintPipeline" : "StableDiffusionInpaintPipeline";
    }
    if (xl) {
      return "StableDiffusionXLPipeline";
    }
    return consistent() ? "LatentConsistencyModelPipeline" : "StableDiffusionPipeline";
  }

  /** Whether it is a latent consistency model, which alone embed their guidance. */
  private boolean consistent() {
    return weights.unet().timeCondProjDim() > 0;
  }

  /** The noise of an upscaler's small picture. */
  JsonNode lowResSchedulerConfig() {
    JsonNode declared = weights.lowResScheduler();
    return declared == null ? DiffusersConfigs.lowResScheduler() : declared;
  }

  /**
   * The schedule that all of these families but the upscaler were trained with, and what the
   * network predicts.
   */
  JsonNode schedulerConfig() {
    JsonNode declared = weights.scheduler();
    if (declared != null) {
      return declared;
    }
    boolean xl = weights.family() == Family.SDXL;
    String usual = xl ? "EulerDiscreteScheduler" : "DDIMScheduler";
    ObjectNode config =
        DiffusersConfigs.scheduler(consistent() ? "LCMScheduler" : usual, weights.prediction());
    if (weights.upscales()) {
      ObjectNode betas = DiffusersConfigs.lowResScheduler();
      betas.remove("_class_name");
      config.setAll(betas);
    }
    if (weights.zeroTerminalSnr()) {
      config.put("rescale_betas_zero_snr", true).put("timestep_spacing", "trailing");
    }
    return config;
  }
}
