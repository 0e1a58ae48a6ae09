package io.github.tcd4j.training.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.training.TrainingListener;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.task.TinyModel;
import io.github.tcd4j.training.task.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterResumeTest {
  private static final int STOP = 2;
  private static final int LAST = 4;

  @TempDir Path work;

  @ParameterizedTest
  @ValueSource(strings = {"controlnet", "ip-adapter", "tiny-autoencoder"})
  void aStoppedAndResumedRunEndsWithTheBitsOfAnUninterruptedOne(String name) throws IOException {
    Recipe recipe;
    try (Scope scope = Scope.open()) {
      TinyModel tiny = TinyModel.write(work);
      recipe =
          tiny.recipe(
              name,
              "settings.validation=" + tiny.data(),
              "steps=" + LAST,
              "checkpoint_every=" + LAST,
              "batch=2",
              "sample_every=3",
              "probe_every=0");
    }
    run(recipe, "whole", false, Long.MAX_VALUE);
    run(recipe, "resumed", false, STOP);
    assertThat(work.resolve("resumed/checkpoints/step-" + STOP)).isDirectory();
    run(recipe, "resumed", true, Long.MAX_VALUE);

    for (String file : List.of("parameters", "optimizer", "average")) {
      String at = "checkpoints/step-" + LAST + "/" + file + ".safetensors";
      assertThat(
              Files.mismatch(
                  work.resolve("whole").resolve(at), work.resolve("resumed").resolve(at)))
          .as(file)
          .isEqualTo(-1);
    }
    assertThat(work.resolve("whole/final/README.md")).isRegularFile();
    assertThat(work.resolve("whole/samples")).isNotEmptyDirectory();
  }

  private void run(Recipe recipe, String folder, boolean resume, long stop) throws IOException {
    AtomicLong done = new AtomicLong();
    Training.run(
        recipe,
        work.resolve(folder),
        Training.Options.DEFAULT.withHome(work).withResume(resume),
        new TrainingListener() {
          @Override
          public void stepped(long step, int examples, double loss, Map<String, Double> figures) {
            done.set(step);
          }

          @Override
          public boolean cancelled() {
            return done.get() == stop;
          }
        });
  }
}
