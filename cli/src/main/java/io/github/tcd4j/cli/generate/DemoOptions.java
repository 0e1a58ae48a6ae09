package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.options.ModelOptions;
import io.github.tcd4j.cli.options.SeedConverter;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What all demos have: a model, a seed, and where their sheet goes. */
final class DemoOptions {
  @Option(
      names = {"-m", "--model"},
      paramLabel = ModelOptions.LABEL,
      description = "Default: the embedded one.")
  String model = ModelOptions.EMBEDDED;

  @Option(
      names = "--seed",
      paramLabel = "N",
      converter = SeedConverter.class,
      description = "Seed (${DEFAULT-VALUE}).")
  long seed = 0;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE|DIR",
      description = "A name that ends in .png, or a folder. No file is ever replaced.")
  @Nullable Path output;

  /** The model's files. */
  ModelFolder folder() {
    ModelOptions choice = new ModelOptions();
    choice.model = model;
    return choice.folder(model);
  }

  /** Where the sheet goes; fails early where nothing can be written. */
  PictureFiles files() throws IOException {
    return PictureFiles.of(output).prepare();
  }

  /** The sheet of a command, which says what made it. */
  DemoSheet sheet(String command) {
    return new DemoSheet(command, model, seed);
  }
}
