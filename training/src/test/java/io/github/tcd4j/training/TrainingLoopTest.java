package io.github.tcd4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.Recipes;
import io.github.tcd4j.training.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingLoopTest {
  @TempDir Path work;

  /** One number that should become 0, and pictures that cannot be generated. */
  private record WithoutSamples(Tensor number) implements Task {
    @Override
    public List<ParameterGroup> groups() {
      return List.of(ParameterGroup.constant("own", Map.of("number", number), 0.1, "rate.peak"));
    }

    @Override
    public int size() {
      return 8;
    }

    @Override
    public Losses losses(int[] rows, RandomSource random, long step, long total) {
      return new Losses(Map.of("own", number.square().mean()), Map.of());
    }

    @Override
    public Map<String, Double> sample(Path png) throws IOException {
      throw new IOException("no picture");
    }

    @Override
    public void export(Path folder) throws IOException {
      Files.writeString(folder.resolve("done"), "");
    }
  }

  @Test
  void aSampleThatFailsLeavesTheCheckpointThatWasDue() throws IOException {
    Recipe recipe =
        Recipes.read(
            Path.of("src/test/resources/recipes/autoencoder.yaml"),
            List.of("steps=2", "checkpoint_every=2", "sample_every=2"));
    try (Scope scope = Scope.open()) {
      Task task = new WithoutSamples(Tensor.full(3, DType.F32, 2).requiresGrad_(true));
      RunFolder folder = RunFolder.open(work, Recipes.toYaml(recipe), false);

      assertThatThrownBy(() -> new TrainingLoop(recipe, task, folder, TrainingListener.NONE).run())
          .hasMessage("no picture");

      assertThat(work.resolve("checkpoints/step-2")).isDirectory();
      assertThat(new TrainingLoop(recipe, task, folder, TrainingListener.NONE).run())
          .isEqualTo(new Outcome(true, 2, work));
      assertThat(work.resolve("final/done")).exists();
    }
  }

  /** A number, and an opponent whose loss, the root of 0, is finite while its gradient is not. */
  private record Steep(Tensor number, Tensor foe) implements Task {
    @Override
    public List<ParameterGroup> groups() {
      return List.of(
          ParameterGroup.constant("own", Map.of("number", number), 0.1, "rate.peak"),
          ParameterGroup.constant("foe", Map.of("weight", foe), 0.1, "foe.rate"));
    }

    @Override
    public int size() {
      return 8;
    }

    @Override
    public Losses losses(int[] rows, RandomSource random, long step, long total) {
      return new Losses(Map.of("own", number.square().sum(), "foe", foe.sqrt().sum()), Map.of());
    }

    @Override
    public Map<String, Double> sample(Path png) {
      return Map.of();
    }

    @Override
    public void export(Path folder) {}
  }

  @Test
  void anInfiniteGradientOfAnOpponentStopsTheRunBeforeItReachesAnyWeight() throws IOException {
    Recipe recipe = Recipes.read(Path.of("src/test/resources/recipes/autoencoder.yaml"), List.of());
    try (Scope scope = Scope.open()) {
      Steep task =
          new Steep(
              Tensor.full(3, DType.F32, 1).requiresGrad_(true),
              Tensor.zeros(DType.F32, 1).requiresGrad_(true));
      RunFolder folder = RunFolder.open(work, Recipes.toYaml(recipe), false);

      assertThatThrownBy(() -> new TrainingLoop(recipe, task, folder, TrainingListener.NONE).run())
          .isInstanceOf(TrainingException.class)
          .hasMessage(
              "the gradient norm of foe is Infinity at step 0; lower foe.rate or optimizer.clip");

      assertThat(task.foe.detach().item()).isZero();
      assertThat(task.number.detach().item()).isEqualTo(3);
      assertThat(work.resolve("checkpoints")).isEmptyDirectory();
    }
  }
}
