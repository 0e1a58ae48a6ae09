package io.github.tcd4j.cli.train;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.console.InstallationFolder;
import io.github.tcd4j.cli.console.Interrupt;
import io.github.tcd4j.cli.options.DeviceOption;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.training.Outcome;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.Recipes;
import io.github.tcd4j.training.run.RunFolder;
import io.github.tcd4j.training.task.Training;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Follows a recipe in a run folder; Ctrl-C writes a checkpoint first. */
abstract class RecipeCommand implements Callable<Integer> {
  /** How long the step under way and the checkpoint after it may take. */
  private static final Duration CHECKPOINT = Duration.ofMinutes(5);

  @Spec CommandSpec spec;

  @Parameters(paramLabel = "RECIPE", description = "A recipe, such as recipes/teacher.yaml.")
  Path recipe;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Replace an entry of the recipe; repeatable.")
  List<String> overrides = List.of();

  @Option(names = "--run", paramLabel = "DIR", description = "Run folder (default: runs/RECIPE).")
  @Nullable Path run;

  @Mixin DeviceOption device = new DeviceOption();

  @Option(
      names = "--resume",
      description = "Continue from the newest checkpoint of the run folder.")
  boolean resume;

  @Override
  public Integer call() throws IOException {
    Recipe resolved = Recipes.read(recipe, overrides);
    // First of all: a run that cannot begin says so without a line of progress.
    RunFolder.check(runFolder(), resume);
    Device on = device.available();
    Training.Options options = new Training.Options(InstallationFolder.folder(), on, resume);
    try (Interrupt interrupt = Interrupt.watch(CHECKPOINT);
        RecipeProgress progress = new RecipeProgress(resolved, interrupt)) {
      Outcome outcome = Training.run(resolved, runFolder(), options, progress);
      if (outcome.finished()) {
        return ExitCode.OK;
      }
      spec.commandLine()
          .getErr()
          .println("stopped after step " + outcome.stepsDone() + "; --resume goes on from there");
      return ExitCode.CANCELLED;
    }
  }

  private Path runFolder() {
    if (run != null) {
      return run;
    }
    String name = recipe.getFileName().toString().replaceFirst("\\.ya?ml$", "");
    return Path.of("runs", name);
  }
}
