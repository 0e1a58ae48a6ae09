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

/** One training run as a process of its own: RECIPE WORKDIR NAME STOP [KEY=VALUE ...]. */
final class TrainingProcess {
  private TrainingProcess() {}

  public static void main(String[] args) throws IOException {
    Path work = Path.of(args[1]);
    Path run = work.resolve(args[2]);
    long stop = Long.parseLong(args[3]);
    List<String> overrides = List.of(args).subList(4, args.length);
    Recipe recipe = Recipes.read(Path.of(args[0]), overrides);
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
