package io.github.tcd4j.training.task;

import io.github.tcd4j.training.Task;
import io.github.tcd4j.training.adapter.ControlNetTask;
import io.github.tcd4j.training.adapter.IpAdapterTask;
import io.github.tcd4j.training.adapter.TinyAutoencoderTask;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import io.github.tcd4j.training.distill.DistillTask;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.RecipeException;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** The tasks that a recipe can name. */
public final class Tasks {
  /** Builds a task; its networks and data belong to the scope that is open. */
  public interface Factory {
    Task create(Recipe recipe, TrainingEnvironment places) throws IOException;
  }

  private static final Map<String, Factory> FACTORIES =
      new TreeMap<>(
          Map.of(
              "text-image", TextImageTask::new,
              "autoencoder", AutoencoderTask::new,
              "teacher", TeacherTask::new,
              "tiny-autoencoder", TinyAutoencoderTask::new,
              "controlnet", ControlNetTask::new,
              "ip-adapter", IpAdapterTask::new,
              "distill", DistillTask::new));

  private Tasks() {}

  /** The task that {@code recipe} names. */
  public static Task create(Recipe recipe, TrainingEnvironment places) throws IOException {
    Factory factory = FACTORIES.get(recipe.task());
    if (factory == null) {
      throw new RecipeException(
          "task must be one of " + FACTORIES.keySet() + " but was " + recipe.task());
    }
    return factory.create(recipe, places);
  }
}
