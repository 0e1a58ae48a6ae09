package io.github.tcd4j.cli.options;

import io.github.tcd4j.pipeline.checkpoint.ComponentOverrides;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Components of a model, for commands that read it and do not generate. */
public final class ComponentOptions {
  @Option(
      names = "--tokenizer",
      paramLabel = "DIR",
      description = "For a single file: folder with vocab.json and merges.txt.")
  @Nullable Path tokenizer;

  @Option(
      names = "--text-encoder",
      paramLabel = "DIR",
      description = "For a single file without text encoders, as in generate.")
  @Nullable Path textEncoder;

  @Option(
      names = "--prediction",
      paramLabel = "TYPE",
      description =
          "epsilon, v_prediction or sample: what the model predicts, as in generate; SD2's size"
              + " depends on it.")
  public @Nullable String prediction;

  @Option(
      names = "--vae",
      paramLabel = "PATH",
      description = "Autoencoder to use instead of the model's own: a folder or a file.")
  public @Nullable Path vae;

  public ComponentOverrides others() {
    return new ComponentOverrides(tokenizer, textEncoder, vae);
  }

  public ModelFolder open(Path model) {
    Path place = Files.exists(model) ? model : ModelOptions.place(model.toString());
    return ModelFolder.open(model.toString(), place, others()).predicting(prediction);
  }
}
