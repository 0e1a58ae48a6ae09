package io.github.tcd4j.cli.options;

import io.github.tcd4j.cli.console.InstallationFolder;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.lora.MatchPolicy;
import io.github.tcd4j.pipeline.checkpoint.ComponentOverrides;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The model, its components and LoRAs. */
public final class ModelOptions {
  /** The model that is used where none is named, and what else may be named. */
  public static final String EMBEDDED = "emoji";

  public static final String LABEL = "PATH|" + EMBEDDED + "|scenes";

  @Option(
      names = {"-m", "--model"},
      paramLabel = LABEL,
      description =
          "Model folder in diffusers layout, or a single .safetensors or .ckpt file, or an embedded"
              + (" model; the default is " + EMBEDDED + "."))
  public @Nullable String model;

  @Option(
      names = "--tokenizer",
      paramLabel = "DIR",
      description =
          "For a single file: folder with vocab.json and merges.txt. Default: the folder tokenizer"
              + " in the same folder.")
  public @Nullable Path tokenizer;

  @Option(
      names = "--text-encoder",
      paramLabel = "DIR",
      description =
          "For a single file without text encoders: folder with text_encoder (and text_encoder_2)."
              + " Default: the file's own folder.")
  public @Nullable Path textEncoder;

  @Option(
      names = "--vae",
      paramLabel = "PATH",
      description =
          "Autoencoder to use instead of the model's own: a folder with config.json, or a file with"
              + " ldm's or diffusers' names.")
  public @Nullable Path vae;

  @Option(
      names = {"-l", "--lora"},
      paramLabel = "FILE[:WEIGHT]",
      description = {
        "LoRA to apply, repeatable, with a factor (1) on its change; or the name of one in the"
            + " model's own folder loras; or none.",
        "Default: the model's own TCD LoRA, where it has one."
      })
  public @Nullable List<String> loras;

  @Option(
      names = "--lora-folder",
      paramLabel = "DIR",
      description =
          "Where <lora:NAME:WEIGHT> in a prompt is looked up before the model's own folder loras.")
  public @Nullable Path loraFolder;

  @Option(names = "--strict", description = "Every key of a LoRA that finds no layer is an error.")
  public boolean strict;

  @Option(
      names = "--partial",
      description = {
        "A LoRA of which only a part fits the model acts with that part. Default: it is refused,"
            + " unless the rest is for a network that the model does not have."
      })
  boolean partial;

  /** The model's folder, by its name; {@code absent} where the user named none. */
  public ModelFolder folder(String absent) {
    return folder(absent, ComponentOverrides.NONE);
  }

  /** The same, with the parts that a picture names, unless the user names others. */
  public ModelFolder folder(String absent, ComponentOverrides pictured) {
    String name = model == null ? absent : model;
    ComponentOverrides own = new ComponentOverrides(tokenizer, textEncoder, vae);
    return ModelFolder.open(name, place(name), own.or(pictured));
  }

  /** What becomes of a LoRA of which not all keys find their layer. */
  public MatchPolicy policy() {
    return MatchPolicy.of(strict, partial);
  }

  /** Whether an option is set that another model would not have. */
  public boolean changes() {
    return loras != null || strict || partial || vae != null;
  }

  /** Where the model of that name is. */
  public static Path place(String name) {
    EmbeddedModel own = EmbeddedModel.named(name);
    return own == null ? Path.of(name) : InstallationFolder.folder().resolve(own.key());
  }

  /** The LoRAs that were chosen; null where the model is to choose. */
  public @Nullable List<LoraSpec> choices() {
    if (loras == null) {
      return null;
    }
    if (loras.contains("none")) {
      if (loras.size() > 1) {
        throw new InvalidRequestException("--lora none and other LoRAs exclude each other");
      }
      return List.of();
    }
    return loras.stream().map(LoraSpec::parse).toList();
  }
}
