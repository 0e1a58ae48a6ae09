package io.github.tcd4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.Recipes;
import io.github.tcd4j.training.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Micro-batches of a step that are computed at once. */
class MicroBatchesTest {
  @TempDir Path work;
  private final Scope scope = Scope.open();

  @AfterEach
  void free() {
    scope.close();
  }

  /**
   * Three numbers drawn to random ones, so unevenly that the order of sums is seen in their bits.
   * Each micro-batch waits for {@code together} of them to be under way.
   */
  private static final class Meeting implements Task {
    final Tensor numbers = Tensor.of(new float[] {0.1f, 20, 3000}).requiresGrad_(true);
    final List<Integer> threads = Collections.synchronizedList(new ArrayList<>());
    final List<String> ended = Collections.synchronizedList(new ArrayList<>());
    private final CyclicBarrier all;

    /** Taken by the micro-batch whose loss shall not be finite, the first of step 1. */
    private final AtomicBoolean breaks;

    Meeting(int together) {
      this(together, false);
    }

    Meeting(int together, boolean breaks) {
      all = new CyclicBarrier(together);
      this.breaks = new AtomicBoolean(breaks);
    }

    @Override
    public List<ParameterGroup> groups() {
      return List.of(ParameterGroup.constant("own", Map.of("numbers", numbers), 0.1, "rate.peak"));
    }

    @Override
    public int size() {
      return 24;
    }

    @Override
    public Losses losses(int[] rows, RandomSource random, long step, long total) {
      threads.add(Engine.threads());
      try {
        all.await(30, TimeUnit.SECONDS);
      } catch (Exception e) {
        throw new IllegalStateException("no other micro-batch came", e);
      }
      Tensor to = random.normal(3);
      boolean fails = step == 1 && breaks.getAndSet(false);
      ended.add(step + (fails ? " failed" : ""));
      Tensor loss = numbers.minus(to).square().sum();
      return new Losses(
          Map.of("own", fails ? loss.div(0) : loss), Map.of("row", Tensor.scalar(rows[0])));
    }

    @Override
    public Map<String, Double> sample(Path png) {
      return Map.of();
    }

    @Override
    public void export(Path folder) {}
  }

  private Meeting run(String name, Meeting task, String... overrides) throws IOException {
    List<String> all = new ArrayList<>(List.of("steps=3", "batch=2", "accumulate=4"));
    all.addAll(List.of("checkpoint_every=3", "sample_every=0", "probe_every=0", "precision=f32"));
    all.addAll(List.of(overrides));
    Recipe recipe = Recipes.read(Path.of("src/test/resources/recipes/autoencoder.yaml"), all);
    RunFolder folder = RunFolder.open(work.resolve(name), Recipes.toYaml(recipe), false);
    new TrainingLoop(recipe, task, folder, TrainingListener.NONE).run();
    return task;
  }

  @Test
  void theyMeetShareTheThreadsAndEndWithTheBitsOfTurns() throws IOException {
    Meeting alone = run("turns", new Meeting(1), "threads=1");
    Meeting pairs = run("pairs", new Meeting(2), "threads=4", "parallel=2");
    Meeting all = run("all", new Meeting(4), "threads=4", "parallel=4");
    assertThat(alone.threads).hasSize(12).containsOnly(1);
    assertThat(pairs.threads).hasSize(12).containsOnly(2);
    assertThat(all.threads).hasSize(12).containsOnly(1);
    assertThat(pairs.numbers.toFloatArray()).isEqualTo(alone.numbers.toFloatArray());
    assertThat(all.numbers.toFloatArray())
        .isEqualTo(alone.numbers.toFloatArray())
        .isNotEqualTo(new float[] {0.1f, 20, 3000});
    String log = Files.readString(work.resolve("turns/log.jsonl"));
    assertThat(Files.readString(work.resolve("pairs/log.jsonl"))).isEqualTo(log);
    assertThat(Files.readString(work.resolve("all/log.jsonl"))).isEqualTo(log);
  }

  @Test
  void ofOneThatFailsTheOthersAreAwaitedAndNoWeightMoves() throws IOException {
    Meeting task = new Meeting(2, true);
    assertThatThrownBy(() -> run("broken", task, "threads=2", "parallel=2"))
        .isInstanceOf(TrainingException.class)
        .hasMessage("the loss of own is Infinity at step 1; lower rate.peak or optimizer.clip");
    assertThat(task.ended).hasSize(8);
    assertThat(task.ended.subList(4, 8)).containsOnlyOnce("1 failed");
    // Adam's first step is as long as the rate; of a second there is no trace.
    assertThat((double) task.numbers.detach().toFloatArray()[1])
        .isBetween(20 - 0.1 - 0.03, 20 - 0.1 + 0.001);
  }

  @Test
  void nothingIsKeptFromStepToStep() throws IOException {
    run("first", new Meeting(2), "threads=2", "parallel=2");
    long before = Engine.settledObjects();
    try (Scope inner = Scope.open()) {
      run("second", new Meeting(2), "threads=2", "parallel=2", "steps=40");
    }
    assertThat(Engine.settledObjects()).isEqualTo(before);
  }
}
