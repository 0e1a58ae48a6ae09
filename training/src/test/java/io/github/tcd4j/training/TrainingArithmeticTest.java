package io.github.tcd4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.NullNode;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.training.QuadraticTask.MicroBatch;
import io.github.tcd4j.training.recipe.Ema;
import io.github.tcd4j.training.recipe.LearningRate;
import io.github.tcd4j.training.recipe.Optimizer;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.run.RunFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Five steps on one number, followed in float64. */
class TrainingArithmeticTest {
  private static final int STEPS = 5;
  private static final int ACCUMULATE = 2;
  private static final int BATCH = 3;

  /** One epoch is the whole run. */
  private static final int SIZE = STEPS * ACCUMULATE * BATCH;

  /** In the middle of the gradients that occur: some steps are clipped, others are not. */
  private static final double CLIP = 4;

  private static final double START = 16;
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.95;

  /** So large that a gradient's size, which Adam divides out, is seen in the step. */
  private static final double EPS = 2;

  private static final double DECAY = 0.1;

  /** Peak 0.6 with a warm-up of 2 steps, then linear to a fifth of it. */
  private static final double[] RATES = {
    0.2, 0.4, 0.6, 0.6 * (0.2 + 0.8 * 2 / 3), 0.6 * (0.2 + 0.8 / 3)
  };

  /** min(0.25, (1 + n) / (10 + n)). */
  private static final double[] KEPT = {1 / 10.0, 2 / 11.0, 3 / 12.0, 0.25, 0.25};

  @TempDir Path work;
  private final Scope scope = Scope.open();
  private final List<Map<String, Double>> figures = new ArrayList<>();

  @AfterEach
  void free() {
    scope.close();
  }

  private static Recipe recipe(long seed, long sampleEvery) {
    return new Recipe(
        "quadratic",
        "none",
        seed,
        STEPS,
        BATCH,
        ACCUMULATE,
        null,
        Recipe.Precision.F32,
        1,
        new LearningRate(0.6, 2, LearningRate.Decay.LINEAR, 0.2),
        new Optimizer(BETA1, BETA2, EPS, DECAY, CLIP),
        new Ema(0.25, true),
        2,
        3,
        sampleEvery,
        0L,
        NullNode.getInstance());
  }

  private QuadraticTask trained(String name, long seed, long sampleEvery) throws IOException {
    QuadraticTask task = new QuadraticTask(START, SIZE);
    RunFolder folder = RunFolder.open(work.resolve(name), "quadratic", false);
    new TrainingLoop(recipe(seed, sampleEvery), task, folder, recording()).run();
    return task;
  }

  private TrainingListener recording() {
    return new TrainingListener() {
      @Override
      public void stepped(long step, int examples, double loss, Map<String, Double> stepFigures) {
        figures.add(Map.copyOf(stepFigures));
      }
    };
  }

  private static TrainingListener ending(BooleanSupplier cancelled) {
    return new TrainingListener() {
      @Override
      public boolean cancelled() {
        return cancelled.getAsBoolean();
      }
    };
  }

  private double exported(String name) throws IOException {
    return Double.parseDouble(Files.readString(work.resolve(name).resolve("final/number")));
  }

  /** The number before every step and after the last, by AdamW in float64. */
  private static double[] numbers(QuadraticTask task) {
    double[] numbers = new double[STEPS + 1];
    numbers[0] = START;
    double m = 0;
    double v = 0;
    for (int i = 0; i < STEPS; i++) {
      double g = gradient(task, i);
      double clipped = Math.copySign(Math.min(CLIP, Math.abs(g)), g);
      m = BETA1 * m + (1 - BETA1) * clipped;
      v = BETA2 * v + (1 - BETA2) * clipped * clipped;
      double mHat = m / (1 - Math.pow(BETA1, i + 1));
      double vHat = v / (1 - Math.pow(BETA2, i + 1));
      double decayed = numbers[i] * (1 - RATES[i] * DECAY);
      numbers[i + 1] = decayed - RATES[i] * mHat / (Math.sqrt(vHat) + EPS);
    }
    return numbers;
  }

  /** The average before every step and after the last, of these numbers. */
  private static double[] averages(double[] numbers) {
    double[] averages = new double[STEPS + 1];
    averages[0] = START;
    for (int i = 0; i < STEPS; i++) {
      averages[i + 1] = KEPT[i] * averages[i] + (1 - KEPT[i]) * numbers[i + 1];
    }
    return averages;
  }

  /** Of a whole step: the mean of its micro-batches'. */
  private static double gradient(QuadraticTask task, int step) {
    return of(task, step).stream().mapToDouble(MicroBatch::gradient).average().orElseThrow();
  }

  private static List<MicroBatch> of(QuadraticTask task, int step) {
    return task.microBatches.subList(step * ACCUMULATE, (step + 1) * ACCUMULATE);
  }

  @Test
  void anEpochOfMicroBatchesShowsEveryExampleOnce() throws IOException {
    List<Integer> rows =
        trained("run", 3, 0).microBatches.stream().flatMap(b -> b.rows().stream()).toList();
    assertThat(rows)
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, SIZE).boxed().toList())
        .isNotEqualTo(rows.stream().sorted().toList());
  }

  @Test
  void everyMicroBatchHasRandomNumbersOfItsOwnThatFollowFromTheSeed() throws IOException {
    List<Double> draws = draws(trained("run", 3, 0));
    assertThat(draws).hasSize(STEPS * ACCUMULATE).doesNotHaveDuplicates();
    assertThat(draws(trained("again", 3, 0))).isEqualTo(draws);
    assertThat(draws(trained("other", 4, 0))).doesNotContainAnyElementsOf(draws);
  }

  private static List<Double> draws(QuadraticTask task) {
    return task.microBatches.stream().map(MicroBatch::draw).toList();
  }

  @Test
  void theNumberIsThatOfAdamWOnTheClippedMeanOfTheGradients() throws IOException {
    QuadraticTask task = trained("run", 3, 0);
    double[] numbers = numbers(task);
    List<Double> gradients = IntStream.range(0, STEPS).mapToObj(i -> gradient(task, i)).toList();
    assertThat(gradients)
        .anyMatch(g -> Math.abs(g) < CLIP - 1)
        .anyMatch(g -> Math.abs(g) > CLIP + 1);
    for (int i = 0; i < STEPS; i++) {
      for (MicroBatch micro : of(task, i)) {
        assertThat(micro.number()).as("before step " + i).isCloseTo(numbers[i], within(1e-5));
      }
      double loss = of(task, i).stream().mapToDouble(MicroBatch::loss).average().orElseThrow();
      assertThat(figures.get(i).get("loss")).isCloseTo(loss, within(1e-4));
      assertThat(figures.get(i).get("gradient_norm"))
          .isCloseTo(Math.abs(gradients.get(i)), within(1e-5));
      assertThat(figures.get(i).get("rate")).isCloseTo(RATES[i], within(1e-12));
    }
    assertThat(task.value()).isCloseTo(numbers[STEPS], within(1e-5));
  }

  @Test
  void theProductIsTheMovingAverageWhoseDecayWarmsUp() throws IOException {
    QuadraticTask task = trained("run", 3, 0);
    double[] numbers = numbers(task);
    double average = averages(numbers)[STEPS];
    assertThat(average).isNotCloseTo(numbers[STEPS], within(0.01));
    assertThat(exported("run")).isCloseTo(average, within(1e-5));
  }

  @Test
  void aSampleIsOfTheAverageAndLeavesTheRunAsItWas() throws IOException {
    QuadraticTask plain = trained("run", 3, 0);
    QuadraticTask task = trained("sampled", 3, 2);
    double[] averages = averages(numbers(plain));
    assertThat(task.sampled).hasSize(2);
    assertThat(task.sampled.get(0)).isCloseTo(averages[2], within(1e-5));
    assertThat(task.sampled.get(1)).isCloseTo(averages[4], within(1e-5));
    assertThat(task.microBatches).isEqualTo(plain.microBatches);
    assertThat(task.value()).isEqualTo(plain.value());
    assertThat(exported("sampled")).isEqualTo(exported("run"));
  }

  @Test
  void aRunThatWasInterruptedEndsAsOneThatWasNot() throws IOException {
    QuadraticTask whole = trained("run", 3, 0);
    RunFolder folder = RunFolder.open(work.resolve("cut"), "quadratic", false);
    QuadraticTask first = new QuadraticTask(START, SIZE);
    TrainingLoop loop =
        new TrainingLoop(
            recipe(3, 0), first, folder, ending(() -> first.microBatches.size() == 3 * ACCUMULATE));
    assertThat(loop.run()).isEqualTo(new Outcome(false, 3, work.resolve("cut")));
    QuadraticTask second = new QuadraticTask(-1, SIZE);
    assertThat(new TrainingLoop(recipe(3, 0), second, folder, recording()).run())
        .isEqualTo(new Outcome(true, STEPS, work.resolve("cut")));
    assertThat(second.microBatches).isEqualTo(whole.microBatches.subList(6, 10));
    assertThat(second.value()).isEqualTo(whole.value());
    assertThat(exported("cut")).isEqualTo(exported("run"));
  }

  @Test
  void aSampleThatAKillCutOffIsMadeWhenTheRunResumes() throws IOException {
    QuadraticTask task = new QuadraticTask(START, SIZE);
    task.whileSampling = () -> copy("run", "killed-" + task.sampled.size());
    RunFolder folder = RunFolder.open(work.resolve("run"), "quadratic", false);
    new TrainingLoop(recipe(3, 2), task, folder, recording()).run();

    QuadraticTask first = resumed("killed-1");
    assertThat(first.sampled).isEqualTo(task.sampled);
    assertThat(first.microBatches).isEqualTo(task.microBatches.subList(4, 10));
    assertThat(log("killed-1")).isEqualTo(log("run"));
    QuadraticTask second = resumed("killed-2");
    assertThat(second.sampled).isEqualTo(task.sampled.subList(1, 2));
    assertThat(log("killed-2")).isEqualTo(log("run"));
    assertThat(exported("killed-2")).isEqualTo(exported("run"));
  }

  @Test
  void aSampleThatWasMadeIsNotMadeAgain() throws IOException {
    QuadraticTask task = new QuadraticTask(START, SIZE);
    RunFolder folder = RunFolder.open(work.resolve("run"), "quadratic", false);
    // As if killed in the third step: the newest checkpoint is the one before the sample.
    assertThatThrownBy(
            () ->
                new TrainingLoop(
                        recipe(3, 2),
                        task,
                        folder,
                        ending(
                            () -> {
                              if (task.microBatches.size() == 2 * ACCUMULATE) {
                                throw new IllegalStateException("killed");
                              }
                              return false;
                            }))
                    .run())
        .hasMessage("killed");
    assertThat(task.sampled).hasSize(1);
    assertThat(resumed("run").sampled).hasSize(1);
    assertThat(log("run")).hasSize(STEPS + 2);
  }

  private QuadraticTask resumed(String name) throws IOException {
    QuadraticTask task = new QuadraticTask(-1, SIZE);
    RunFolder folder = RunFolder.open(work.resolve(name), "quadratic", true);
    new TrainingLoop(recipe(3, 2), task, folder, recording()).run();
    return task;
  }

  private List<String> log(String name) throws IOException {
    return Files.readAllLines(work.resolve(name).resolve("log.jsonl"));
  }

  /** What a kill at this moment would leave. */
  private void copy(String from, String to) {
    try (Stream<Path> files = Files.walk(work.resolve(from))) {
      for (Path file : files.toList()) {
        Files.copy(file, work.resolve(to).resolve(work.resolve(from).relativize(file)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
