package io.github.tcd4j.training.task;

import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.training.TrainingListener;
import io.github.tcd4j.training.TrainingLoop;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.Recipes;
import io.github.tcd4j.training.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Training runs one after the other in a process of their own: WORKDIR STEPS RECIPE:NAME:STOP ...
 */
final class TrainingProcess {
  private TrainingProcess() {}

  public static void main(String[] args) throws IOException {
    for (String run : List.of(args).subList(2, args.length)) {
      String[] parts = run.split(":");
      train(Path.of(args[0]), args[1], parts[0], parts[1], Long.parseLong(parts[2]));
    }
  }

  private static void train(Path work, String steps, String name, String runName, long stop)
      throws IOException {
    Path run = work.resolve(runName);
    Path file = Path.of("src/test/resources/recipes", name + ".yaml");
    Recipe recipe = Recipes.read(file, List.of("steps=" + steps));
    RunFolder folder = RunFolder.open(run, Recipes.toYaml(recipe), Files.exists(run));
    AtomicLong done = new AtomicLong();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void stepped(long step, int examples, double loss, Map<String, Double> figures) {
            done.set(step);
          }

          @Override
          public boolean cancelled() {
            return done.get() == stop;
          }
        };
    try (Scope scope = Scope.open()) {
      TrainingEnvironment places =
          new TrainingEnvironment(work, run.resolve("cache"), System.out::println);
      new TrainingLoop(recipe, Tasks.create(recipe, places), folder, listener).run();
    }
  }
}
