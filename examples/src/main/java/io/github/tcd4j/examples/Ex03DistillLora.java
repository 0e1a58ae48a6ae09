package io.github.tcd4j.examples;

import io.github.tcd4j.training.Outcome;
import io.github.tcd4j.training.TrainingListener;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.Recipes;
import io.github.tcd4j.training.task.Training;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A teacher becomes a TCD LoRA, in 20 steps on the held-out pictures: too few for a good one,
 * enough to see how it is done. The LoRA ends in {@code RUN/final/tcd.safetensors}.
 *
 * <p>HOW TO RUN: {@code main(PROJECT_ROOT, RUN_FOLDER [KEY=VALUE ...])}, in the project's root
 * {@code . runs/ex03}; entries such as {@code steps=100} change the recipe.
 */
public final class Ex03DistillLora {
  private static final List<String> SMALL =
      List.of("steps=20", "batch=4", "data=emoji/data/validation", "sample_every=0");

  private Ex03DistillLora() {}

  public static void main(String[] args) throws IOException {
    Path home = Path.of(args[0]);
    List<String> changes = new ArrayList<>(SMALL);
    changes.addAll(List.of(args).subList(2, args.length));
    Recipe recipe = Recipes.read(home.resolve("recipes/tcd.yaml"), changes);
    Training.Options options = Training.Options.DEFAULT.withHome(home);
    Outcome outcome = Training.run(recipe, Path.of(args[1]), options, TrainingListener.NONE);
    System.out.println(outcome.product().resolve("tcd.safetensors"));
  }
}
