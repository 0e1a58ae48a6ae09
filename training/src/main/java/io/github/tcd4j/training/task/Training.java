package io.github.tcd4j.training.task;

import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.training.Outcome;
import io.github.tcd4j.training.Task;
import io.github.tcd4j.training.TrainingListener;
import io.github.tcd4j.training.TrainingLoop;
import io.github.tcd4j.training.dataset.TensorCache;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.Recipes;
import io.github.tcd4j.training.run.RunFolder;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Runs a recipe from its start to its product: data, networks, training, checkpoints, log.
 *
 * <pre>{@code
 * Recipe recipe = Recipes.read(Path.of("recipes/tcd.yaml"), List.of("steps=500"));
 * Outcome outcome = Training.run(recipe, Path.of("runs/tcd"), TrainingListener.NONE);
 * Path lora = outcome.product().resolve("tcd.safetensors");
 * }</pre>
 */
public final class Training {
  private Training() {}

  /**
   * Where and how a recipe is run.
   *
   * @param home folder in which the files that a recipe names are looked for, where they are not in
   *     the working folder
   * @param device where networks and latents live, and all is computed
   * @param resume whether to go on from the newest checkpoint of the run folder
   */
  public record Options(Path home, Device device, boolean resume) {
    /** A new run on the processor, with the files of the working folder. */
    public static final Options DEFAULT = new Options(Path.of(""), Device.CPU, false);

    public Options withHome(Path folder) {
      return new Options(folder, device, resume);
    }

    public Options withDevice(Device other) {
      return new Options(home, other, resume);
    }

    public Options withResume(boolean resumes) {
      return new Options(home, device, resumes);
    }
  }

  /** {@link #run(Recipe, Path, Options, TrainingListener)} of a new run with the usual options. */
  public static Outcome run(Recipe recipe, Path folder, TrainingListener listener)
      throws IOException {
    return run(recipe, folder, Options.DEFAULT, listener);
  }

  /**
   * Runs {@code recipe}; the calling thread trains until the last step is done or the listener
   * cancels. All native memory is freed when this returns.
   *
   * @param folder of the run: it must not hold one yet, or where {@code options} resume, it must
   *     hold that of the same recipe. It gets the log, TensorBoard's events, samples, checkpoints,
   *     and in {@code final/} the product
   * @throws io.github.tcd4j.files.InvalidRequestException if the recipe, the folder or the device
   *     cannot be used; then nothing was written
   * @throws io.github.tcd4j.training.TrainingException if a loss or a gradient is not finite
   */
  public static Outcome run(Recipe recipe, Path folder, Options options, TrainingListener listener)
      throws IOException {
    RunFolder.check(folder, options.resume());
    options.device().requireAvailable();
    Engine.threads(recipe.threads());
    try (Scope scope = Scope.open()) {
      TrainingEnvironment environment =
          new TrainingEnvironment(
              options.home(),
              new TensorCache(folder.resolve("cache")),
              listener::note,
              listener::check,
              options.device());
      Task task = Tasks.create(recipe, environment);
      // Only now: a recipe that cannot be followed leaves no folder of a run behind.
      RunFolder run = RunFolder.open(folder, Recipes.toYaml(recipe), options.resume());
      return new TrainingLoop(recipe, task, run, listener).run();
    }
  }
}
