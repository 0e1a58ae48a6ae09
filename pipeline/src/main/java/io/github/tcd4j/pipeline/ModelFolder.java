package io.github.tcd4j.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.tensor.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model in the layout of diffusers: {@code model_index.json} and a folder for each part. Weights
 * may be one safetensors file or shards with an index, in full or in half precision ({@code
 * .fp16.safetensors}); where both are there, full precision is read.
 *
 * @param name what the user calls the model
 * @param root the folder
 */
public record ModelFolder(String name, Path root) {
  private static final String INDEX = "model_index.json";

  /** The networks of the folder, with the stem that diffusers gives their weights. */
  enum Part {
    UNET("unet", "diffusion_pytorch_model", null),
    TEXT_ENCODER("text_encoder", "model", "tokenizer"),
    TEXT_ENCODER_2("text_encoder_2", "model", "tokenizer_2"),
    VAE("vae", "diffusion_pytorch_model", null);

    final String folder;
    final String stem;

    /** The folder of the tokenizer that feeds it. */
    final @Nullable String tokenizer;

    Part(String folder, String stem, @Nullable String tokenizer) {
      this.folder = folder;
      this.stem = stem;
      this.tokenizer = tokenizer;
    }
  }

  /**
   * Looks at a folder.
   *
   * @throws PipelineException if it is none, holds another kind of model, or lacks parts, which are
   *     all named
   */
  public static ModelFolder open(String name, Path root) {
    if (!Files.isDirectory(root)) {
      throw new PipelineException(
          Files.exists(root)
              ? "model " + root + " is a file; give the folder of a model in diffusers layout"
              : "model folder " + root + " does not exist");
    }
    ModelFolder folder = new ModelFolder(name, root);
    folder.requireParts();
    return folder;
  }

  private ConfigFields index() {
    return ConfigFields.read(root.resolve(INDEX));
  }

  /** How the networks play together. */
  ModelFamily family() {
    return ModelFamily.of(index());
  }

  /** Whether an absent negative prompt is a row of zeros, not the encoding of no words. */
  boolean zerosWithoutNegative() {
    return family() == ModelFamily.SDXL && index().flag("force_zeros_for_empty_prompt", true);
  }

  /** The networks that a model of this family has. */
  List<Part> parts() {
    return family() == ModelFamily.SDXL
        ? List.of(Part.values())
        : List.of(Part.UNET, Part.TEXT_ENCODER, Part.VAE);
  }

  private void requireParts() {
    List<String> missing = new ArrayList<>();
    need(missing, INDEX);
    need(missing, "scheduler/scheduler_config.json");
    for (Part part : missing.contains(INDEX) ? List.of(Part.UNET, Part.VAE) : parts()) {
      need(missing, part.folder + "/config.json");
      if (findWeights(part) == null) {
        missing.add(part.folder + "/" + part.stem + ".safetensors" + hint(part));
      }
      String words = part.tokenizer;
      if (words != null && !Files.exists(root.resolve(words + "/tokenizer.json"))) {
        need(missing, words + "/vocab.json");
        need(missing, words + "/merges.txt");
      }
    }
    if (!missing.isEmpty()) {
      throw new PipelineException("model folder " + root + " lacks " + String.join(", ", missing));
    }
  }

  private void need(List<String> missing, String file) {
    if (!Files.isRegularFile(root.resolve(file))) {
      missing.add(file);
    }
  }

  /** Weights in pickle files are not read: they can run any code. */
  private String hint(Part part) {
    try (Stream<Path> files = Files.list(root.resolve(part.folder))) {
      return files.anyMatch(f -> f.toString().endsWith(".bin"))
          ? " (there is a .bin file: save the model again with safe_serialization=True)"
          : "";
    } catch (IOException e) {
      return "";
    }
  }

  private @Nullable Path findWeights(Part part) {
    for (String ending :
        List.of(
            ".safetensors",
            ".safetensors.index.json",
            ".fp16.safetensors",
            ".safetensors.index.fp16.json",
            ".fp16.safetensors.index.json")) {
      Path file = root.resolve(part.folder).resolve(part.stem + ending);
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    return null;
  }

  /** The file, or the index of the shards, of a network. */
  Path weights(Part part) {
    Path file = findWeights(part);
    if (file == null) {
      throw new PipelineException("model folder " + root + " lacks the weights of " + part.folder);
    }
    return file;
  }

  SafeTensors openWeights(Part part) {
    return SafeTensors.open(weights(part));
  }

  /** A hash by which a picture remembers the weights that made it. */
  String fingerprint() {
    Sha256 sha = new Sha256();
    for (Part part : parts()) {
      sha.sample(weights(part));
    }
    return sha.brief();
  }

  Path config(Part part) {
    return root.resolve(part.folder).resolve("config.json");
  }

  Path tokenizer(Part part) {
    if (part.tokenizer == null) {
      throw new IllegalArgumentException(part + " reads no words");
    }
    return root.resolve(part.tokenizer);
  }

  /** The model's {@code scheduler_config.json}, from which every sampler takes its rules. */
  public JsonNode schedulerConfig() {
    return ConfigFields.read(root.resolve("scheduler/scheduler_config.json")).node();
  }

  /** The LoRA files that stand in the model's own {@code loras} folder, by name. */
  public List<Path> ownLoras() {
    Path folder = root.resolve("loras");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(".safetensors")).sorted().toList();
    } catch (IOException e) {
      throw new PipelineException("cannot list " + folder + ": " + e.getMessage(), e);
    }
  }

  /** The file of a LoRA that the user named: a path, or the name of one of {@link #ownLoras}. */
  public Path lora(String name) {
    Path file = Path.of(name);
    if (Files.exists(file)) {
      return file;
    }
    Path own = root.resolve("loras").resolve(name + ".safetensors");
    if (file.getNameCount() == 1 && Files.exists(own)) {
      return own;
    }
    throw new PipelineException(
        "LoRA " + name + " does not exist" + (ownLoras().isEmpty() ? "" : "; " + ownNames()));
  }

  private String ownNames() {
    return "the model's own are " + ownLoras().stream().map(ModelFolder::loraName).toList();
  }

  /** The name by which {@link #lora} finds an own LoRA. */
  static String loraName(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.substring(0, name.length() - ".safetensors".length());
  }
}
