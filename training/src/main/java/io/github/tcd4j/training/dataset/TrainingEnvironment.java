package io.github.tcd4j.training.dataset;

import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.data.InMemoryDataset;
import io.github.tcd4j.data.source.Datasets;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.training.recipe.RecipeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Finds what a recipe names: a path is taken from the working folder, and where nothing is there,
 * from the folder of the installation.
 *
 * @param home folder of the installation
 * @param cache of what is costly to compute
 * @param notes receives one-line notes about what was read and what was dropped
 * @param check called now and then while data are read and encoded; ends it by an exception
 * @param device where networks and latents live, and all is computed
 */
public record TrainingEnvironment(
    Path home, TensorCache cache, Consumer<String> notes, Runnable check, Device device) {
  /** Places on the processor, where nothing ends the reading. */
  public TrainingEnvironment(Path home, Path cacheFolder, Consumer<String> notes) {
    this(home, new TensorCache(cacheFolder), notes, () -> {}, Device.CPU);
  }

  /** The file or folder {@code name}; an error names both places where it is missing. */
  public Path existing(String name) {
    return find(name, Files::exists);
  }

  private Path find(String name, Predicate<Path> isThere) {
    Path here = Path.of(name);
    if (isThere.test(here)) {
      return here;
    }
    Path there = home.resolve(name);
    if (isThere.test(there)) {
      return there;
    }
    throw new RecipeException(
        "the recipe names "
            + name
            + ", which is not at "
            + here.toAbsolutePath()
            + (there.toAbsolutePath().equals(here.toAbsolutePath())
                ? ""
                : " nor at " + there.toAbsolutePath()));
  }

  /** All usable images of the shards at {@code name}, which may be a glob, or scenes. */
  public Dataset dataset(String name) throws IOException {
    Datasets.Opened data = Datasets.open(name, path -> find(path, InMemoryDataset::mayBeAt));
    check.run();
    notes.accept(name + ": " + data.summary());
    return data.dataset();
  }
}
