package io.github.tcd4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.Recipes;
import io.github.tcd4j.training.run.RunFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the loop reports, and what it does with a second group and with a task's memory. */
class LoopWithOpponentTest {
  private static final int STEPS = 7;

  @TempDir Path work;
  private final Scope scope = Scope.open();
  private final List<String> events = new ArrayList<>();
  private final List<Map<String, Double>> figures = new ArrayList<>();

  @AfterEach
  void free() {
    scope.close();
  }

  private static Recipe recipe(String... overrides) throws IOException {
    List<String> all = new ArrayList<>(List.of("steps=" + STEPS, "batch=3", "accumulate=2"));
    all.addAll(List.of("checkpoint_every=3", "probe_every=0", "sample_every=4", "precision=f32"));
    all.addAll(List.of(overrides));
    return Recipes.read(Path.of("src/test/resources/recipes/autoencoder.yaml"), all);
  }

  /**
   * Runs until {@code last} steps have been done, from the newest checkpoint where there is one.
   */
  private OpponentTask run(String name, OpponentTask task, Recipe recipe, long last)
      throws IOException {
    Path path = work.resolve(name);
    RunFolder folder = RunFolder.open(path, Recipes.toYaml(recipe), Files.exists(path));
    TrainingListener listener =
        new TrainingListener() {
          private long done;

          @Override
          public void started(long step, long total) {
            events.add("started " + step + " of " + total);
          }

          @Override
          public void stepped(long step, int examples, double loss, Map<String, Double> logged) {
            done = step;
            events.add(step + ": " + examples);
            figures.add(Map.copyOf(logged));
          }

          @Override
          public void sampled(long step, Map<String, Double> logged) {
            events.add("sampled " + step + " " + logged);
          }

          @Override
          public void probed(long step, Map<String, Double> now, Map<String, Double> first) {
            events.add("probed " + step + " " + now.get("distance") + " " + first.get("distance"));
          }

          @Override
          public boolean cancelled() {
            return done == last;
          }
        };
    new TrainingLoop(recipe, task, folder, listener).run();
    return task;
  }

  @Test
  void aResumedRunHasItsOpponentsMomentsAndTheMemoryOfItsTask() throws IOException {
    OpponentTask whole = run("whole", new OpponentTask(), recipe(), 99);
    run("cut", new OpponentTask(), recipe(), 5);
    OpponentTask rest = run("cut", new OpponentTask(), recipe(), 99);
    assertThat(rest.stepped).isEqualTo(whole.stepped.subList(5, STEPS));
    assertThat(rest.number.detach().item()).isEqualTo(whole.number.detach().item());
    assertThat(rest.foe.detach().item()).isEqualTo(whole.foe.detach().item()).isNotEqualTo(-2);
    assertThat(rest.follower.item()).isEqualTo(whole.follower.item()).isNotEqualTo(3);
    assertThat(Files.readString(work.resolve("cut/log.jsonl")))
        .isEqualTo(Files.readString(work.resolve("whole/log.jsonl")));
  }

  @Test
  void theTaskIsCalledAfterEachStepWithTheParametersMoved() throws IOException {
    OpponentTask task = run("run", new OpponentTask(), recipe(), 99);
    assertThat(task.stepped).hasSize(STEPS);
    for (int i = 0; i < STEPS; i++) {
      assertThat(task.stepped.get(i).step()).isEqualTo(i);
      assertThat(task.stepped.get(i).total()).isEqualTo(STEPS);
    }
    // Adam's first step is as long as the rate, less the decay of 0.01 x rate x 3.
    assertThat(task.stepped.get(0).number()).isCloseTo(3 - 0.1 - 0.003, within(1e-5));
  }

  @Test
  void figuresOfAStepAreThoseOfAllGroupsAndTheMeansOfWhatIsObserved() throws IOException {
    run("run", new OpponentTask(), recipe("optimizer.clip=100"), 99);
    assertThat(figures.get(0)).containsOnlyKeys("loss", "row", "gradient_norm", "rate");
    assertThat(figures.get(0).get("loss")).isEqualTo(9);
    assertThat(figures.get(0).get("gradient_norm")).isCloseTo(6, within(1e-5));
    assertThat(figures.get(1))
        .containsOnlyKeys("loss", "row", "gradient_norm", "rate", "foe", "foe_gradient_norm");
    assertThat(figures.get(1).get("foe")).isEqualTo(9);
    assertThat(figures.get(1).get("foe_gradient_norm")).isCloseTo(6, within(1e-5));
    // Two micro-batches of three are half an epoch of twelve; their first rows differ.
    assertThat(figures.get(0).get("row") + figures.get(1).get("row")).isBetween(3.0, 19.0);
  }

  @Test
  void theListenerLearnsOfTheStartOfExamplesProbesAndSamples() throws IOException {
    run("run", new OpponentTask(), recipe("ema=null", "probe_every=5"), 5);
    assertThat(events).startsWith("started 0 of 7", "probed 0 3.0 3.0", "1: 6", "2: 6");
    assertThat(events).contains("sampled 4 {figure=7.0}");
    assertThat(events.get(events.size() - 1)).matches("probed 5 2\\.\\d+ 3\\.0");
    events.clear();
    run("run", new OpponentTask(), recipe("ema=null", "probe_every=5"), 99);
    assertThat(events).startsWith("started 5 of 7", "6: 6");
    assertThat(Files.readString(work.resolve("run/log.jsonl"))).contains("\"probe/distance\":3.0");
  }

  @Test
  void checkpointsAreOfEveryThirdStepAndOfTheLast() throws IOException {
    run("run", new OpponentTask(), recipe("keep=9"), 99);
    try (Stream<Path> all = Files.list(work.resolve("run/checkpoints"))) {
      assertThat(all.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder("step-3", "step-6", "step-7");
    }
    assertThat(work.resolve("run/checkpoints/step-7/memory.safetensors")).exists();
  }

  @Test
  void theSampleIsShownInTensorBoard() throws IOException {
    run("run", new OpponentTask(), recipe(), 99);
    StringBuilder found = new StringBuilder();
    try (Stream<Path> all = Files.walk(work.resolve("run"))) {
      for (Path file : all.filter(p -> p.toString().contains("tfevents")).toList()) {
        found.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    assertThat(found.toString()).contains("sample", "PNG");
  }

  @ParameterizedTest
  @CsvSource({
    "own, loss of own, rate.peak",
    "foe, loss of foe, foe.rate",
    "row, row of own, rate.peak"
  })
  void aFigureThatIsNotFiniteStopsTheRunBeforeAnyWeightMoves(
      String broken, String what, String rate) throws IOException {
    OpponentTask task = new OpponentTask();
    task.broken = broken;
    task.brokenFrom = 4;
    assertThatThrownBy(() -> run("run", task, recipe(), 99))
        .isInstanceOf(TrainingException.class)
        .hasMessage("the " + what + " is NaN at step 4; lower " + rate + " or optimizer.clip");
    assertThat(task.stepped).hasSize(4);
    assertThat(task.number.detach().item()).isEqualTo(task.stepped.get(3).number());
    assertThat(work.resolve("run/checkpoints/step-3")).exists();
  }

  @ParameterizedTest
  @CsvSource({"bf16, BF16", "f32, F32"})
  void lossesAreComputedInThePrecisionOfTheRecipe(String precision, DType type) throws IOException {
    OpponentTask task = run("run", new OpponentTask(), recipe("precision=" + precision), 99);
    assertThat(task.types).hasSize(2 * STEPS).containsOnly(type);
  }

  /** Less than a hundredth is no worsening; a figure that is a part of another is not reported. */
  @Test
  void aRunIsWorseIfAFigureHasGrownByMoreThanAHundredth() {
    Probe.Measurement first = new Probe.Measurement(0, Map.of("loss", 2.0, "error/9", 1.0));
    assertThat(new Probe.Measurement(8, Map.of("loss", 2.02)).worseThan(first)).isEmpty();
    assertThat(new Probe.Measurement(8, Map.of("loss", 1.0)).worseThan(first)).isEmpty();
    assertThat(new Probe.Measurement(8, Map.of("error/9", 5.0)).worseThan(first)).isEmpty();
    assertThat(new Probe.Measurement(8, Map.of("loss", 2.021)).worseThan(first))
        .hasValueSatisfying(s -> assertThat(s).contains("the loss is 2.021 and was 2.000"));
    assertThat(new Probe.Measurement(8, Map.of("loss", Double.NaN)).worseThan(first)).isPresent();
  }
}
