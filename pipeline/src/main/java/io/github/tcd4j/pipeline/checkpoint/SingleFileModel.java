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
import io.github.tcd4j.pipeline.checkpoint.ModelFolder.Part;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model in a single file, with what such files leave out: the tokenizer, which is looked for
 * beside the file and else CLIP's own, at times the text encoders, which are looked for beside it
 * too, and the noise schedule, which is the family's.
 *
 * @param path of the file
 * @param others where the user says that parts are
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
    StringBuilder cure = new StringBuilder();
    Hint hint = Hint.NONE;
    for (Part part : parts()) {
      boolean there = weights.has(part.component) || beside(part) != null;
      if (part == Part.VAE && !there && others.vae() == null) {
        missing.add(part.folder);
        hint = Hint.OTHER_VAE;
        cure.append("; name an autoencoder");
      } else if (part != Part.VAE && !there) {
        missing.add(part.folder);
        hint =
            hint == Hint.OTHER_VAE || hint == Hint.OTHER_COMPONENTS
                ? Hint.OTHER_COMPONENTS
                : Hint.OTHER_TEXT_ENCODER;
        cure.append("; name the folder of a model that has the folder ");
        cure.append(part.folder);
      }
    }
    if (!missing.isEmpty()) {
      throw new ModelException(
          "model file " + path + " holds no " + String.join(" and no ", missing) + cure, hint);
    }
    tokenizer(Part.TEXT_ENCODER);
  }

  /** The folder of a text encoder that the file leaves out; null where it is inside, or nowhere. */
  @Nullable Path beside(Part part) {
    if (part.tokenizer == null || weights.has(part.component)) {
      return null;
    }
    Path named = others.textEncoder();
    Path own = (named == null ? parent() : named).resolve(part.folder);
    if (isNetwork(own, part)) {
      return own;
    }
    return part == Part.TEXT_ENCODER && named != null && isNetwork(named, part) ? named : null;
  }

  private static boolean isNetwork(Path folder, Part part) {
    return Files.isRegularFile(folder.resolve("config.json"))
        && WeightFiles.find(folder, part.stem) != null;
  }

  private Path parent() {
    Path parent = path.toAbsolutePath().getParent();
    return parent == null ? Path.of("") : parent;
  }

  /** What the user should know of the file and of what is taken from beside it. */
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    notes.add(weights.sentence());
    for (Part part : parts()) {
      if (beside(part) != null) {
        notes.add(part.folder + " is that of " + beside(part));
      }
      if (part.tokenizer != null && tokenizerFolder(part) == null) {
        notes.add("its " + part.tokenizer + " is CLIP's own, as the file holds none");
      }
    }
    return notes;
  }

  List<Part> parts() {
    return weights.family() == Family.SDXL
        ? List.of(Part.values())
        : List.of(Part.UNET, Part.TEXT_ENCODER, Part.VAE);
  }

  ModelFamily family() {
    return weights.family() == Family.SDXL ? ModelFamily.SDXL : ModelFamily.SD;
  }

  /** The tokenizer of a text encoder; OpenCLIP's is padded as they all were, whosever it was. */
  ClipTokenizer tokenizer(Part part) {
    Path folder = tokenizerFolder(part);
    ClipTokenizer tokenizer = folder == null ? ClipTokenizer.ofClip() : ClipTokenizer.load(folder);
    boolean openClip = part.component == Component.TEXT_ENCODER_2 || weights.family() == Family.SD2;
    return openClip && tokenizer.knows(OPEN_CLIP_PAD)
        ? tokenizer.paddedWith(OPEN_CLIP_PAD)
        : tokenizer;
  }

  /** The folder of its tokenizer; null where none is there and CLIP's own is meant. */
  @Nullable Path tokenizerFolder(Part part) {
    Path words = others.tokenizer();
    Path around = words == null ? parent() : words;
    Path own = around.resolve(String.valueOf(part.tokenizer));
    if (isTokenizer(own)) {
      return own;
    }
    Path shared = words != null && isTokenizer(words) ? words : around.resolve("tokenizer");
    if (!isTokenizer(shared) && words == null && vocabulary(part) == ClipVocabulary.SIZE) {
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
  private int vocabulary(Part part) {
    Path beside = beside(part);
    return beside == null
        ? weights.text(part.component).vocabSize()
        : ClipTextConfig.read(beside.resolve("config.json")).vocabSize();
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

  /** What diffusers needs to open the parts in a folder. */
  JsonNode indexJson() {
    JsonNode told = weights.index();
    if (told != null) {
      return told;
    }
    boolean xl = weights.family() == Family.SDXL;
    String scheduler = schedulerConfig().path("_class_name").asText("DDIMScheduler");
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

  /** The schedule that all of these families were trained with, and what the network predicts. */
  JsonNode schedulerConfig() {
    JsonNode told = weights.scheduler();
    if (told != null) {
      return told;
    }
    boolean xl = weights.family() == Family.SDXL;
    String usual = xl ? "EulerDiscreteScheduler" : "DDIMScheduler";
    ObjectNode config =
        DiffusersConfigs.scheduler(consistent() ? "LCMScheduler" : usual, weights.prediction());
    if (weights.zeroTerminalSnr()) {
      config.put("rescale_betas_zero_snr", true).put("timestep_spacing", "trailing");
    }
    return config;
  }
}
