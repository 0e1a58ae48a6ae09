package io.github.tcd4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbeTest {
  private static final double START = 3;

  @TempDir Path work;
  private final List<String> notes = new ArrayList<>();

  /**
   * What one call of losses was given: rows, the first random number, and the type of a product.
   */
  private record Call(List<Integer> rows, double draw, DType type, double number) {}

  /** A 1 x 1 matrix that should become 0. */
  private static final class Matrix implements Task {
    final Tensor number = Tensor.full(START, DType.F32, 1, 1).requiresGrad_(true);
    final List<Call> probed = new ArrayList<>();
    private final Recipe recipe;

    Matrix(Recipe recipe) {
      this.recipe = recipe;
    }

    @Override
    public List<ParameterGroup> groups() {
      return List.of(ParameterGroup.of(recipe, "own", Map.of("number", number)));
    }

    @Override
    public int size() {
      return 40;
    }

    @Override
    public Losses losses(int[] rows, RandomSource random, long step, long total) {
      Tensor product = number.matmul(Tensor.full(1, DType.F32, 1, 1));
      Tensor loss = product.to(DType.F32).square().sum();
      if (!loss.requiresGrad()) {
        List<Integer> seen = Arrays.stream(rows).boxed().toList();
        probed.add(
            new Call(seen, random.normal(1).item(), product.dtype(), number.detach().item()));
        assertThat(step).isZero();
      }
      return new Losses(Map.of("own", loss), Map.of());
    }

    @Override
    public Map<String, Double> sample(Path png) {
      return Map.of();
    }

    @Override
    public void export(Path folder) throws IOException {
      Files.writeString(folder.resolve("done"), "");
    }
  }

  private static Recipe recipe(String... overrides) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of("steps=5", "batch=8", "precision=bf16", "probe_every=2", "sample_every=0"));
    all.addAll(List.of("rate.warmup=0", "rate.decay=constant", "checkpoint_every=2"));
    all.addAll(List.of(overrides));
    return Recipes.read(Path.of("src/test/resources/recipes/autoencoder.yaml"), all);
  }

  private Matrix run(String folder, Recipe recipe, long last) throws IOException {
    Path path = work.resolve(folder);
    RunFolder run = RunFolder.open(path, Recipes.toYaml(recipe), Files.exists(path));
    TrainingListener listener =
        new TrainingListener() {
          private long done;

          @Override
          public void stepped(long step, int n, double loss, Map<String, Double> figures) {
            done = step;
          }

          @Override
          public void note(String sentence) {
            notes.add(sentence);
          }

          @Override
          public boolean cancelled() {
            return done == last;
          }
        };
    try (Scope scope = Scope.open()) {
      Matrix task = new Matrix(recipe);
      new TrainingLoop(recipe, task, run, listener).run();
      return task;
    }
  }

  private List<JsonNode> probes(String folder) throws IOException {
    List<JsonNode> probes = new ArrayList<>();
    for (String line : Files.readAllLines(work.resolve(folder).resolve("log.jsonl"))) {
      JsonNode json = new ObjectMapper().readTree(line);
      if (json.has("probe/loss")) {
        probes.add(json);
      }
    }
    return probes;
  }

  @Test
  void theSameExamplesAndNumbersAreSeenInFloat32AtTheStartEverySoOftenAndAtTheEnd()
      throws IOException {
    Matrix task = run("run", recipe("rate.peak=0.1"), 99);
    assertThat(probes("run").stream().map(p -> p.get("step").asLong()))
        .containsExactly(0L, 2L, 4L, 5L);
    assertThat(probes("run").get(0).get("probe/loss").asDouble()).isEqualTo(START * START);
    // Sixteen examples are two micro-batches of eight.
    assertThat(task.probed).hasSize(4 * 2);
    assertThat(task.probed.get(1).rows()).isNotEqualTo(task.probed.get(0).rows());
    for (int i = 0; i < task.probed.size(); i++) {
      Call first = task.probed.get(i % 2);
      Call now = task.probed.get(i);
      assertThat(now.rows()).isEqualTo(first.rows());
      assertThat(now.draw()).isEqualTo(first.draw());
      assertThat(now.type()).isEqualTo(DType.F32);
    }
    assertThat(notes).isEmpty();
  }

  @Test
  void theMovingAverageIsMeasured() throws IOException {
    Matrix task = run("run", recipe("rate.peak=0.1", "ema={decay: 0.999, warmup: false}"), 99);
    Call last = task.probed.get(task.probed.size() - 1);
    assertThat(last.number()).isCloseTo(START, within(0.01));
    assertThat(task.probed.get(0).number()).isEqualTo(START);
  }

  @Test
  void aRunThatEndsWorseThanItBeganSaysSo() throws IOException {
    run("run", recipe("rate.peak=50", "ema=null"), 99);
    double end = probes("run").get(3).get("probe/loss").asDouble();
    assertThat(notes).hasSize(1);
    assertThat(notes.get(0))
        .startsWith("the run ended worse than it began: after step 5 the loss is ")
        .contains("and was 9.000 at step 0; lower rate.peak")
        .contains(String.format(java.util.Locale.ROOT, "%.4g", end));
  }

  @Test
  void aRunThatResumesIsComparedWithItsStart() throws IOException {
    Recipe recipe = recipe("rate.peak=50", "ema=null");
    run("whole", recipe, 99);
    run("cut", recipe, 3);
    run("cut", recipe, 99);
    assertThat(Files.readString(work.resolve("cut/log.jsonl")))
        .isEqualTo(Files.readString(work.resolve("whole/log.jsonl")));
    assertThat(notes).hasSize(2);
    assertThat(notes.get(1)).isEqualTo(notes.get(0));
  }

  @Test
  void aRunThatWasKilledBeforeItsFirstCheckpointIsMeasuredOnceMore() throws IOException {
    Recipe recipe = recipe("rate.peak=0.1");
    Path log = Files.createDirectories(work.resolve("run")).resolve("log.jsonl");
    run("whole", recipe, 99);
    Files.copy(work.resolve("whole/recipe.yaml"), work.resolve("run/recipe.yaml"));
    Files.writeString(log, "{\"step\":0,\"probe/loss\":9.0}\n{\"step\":1,\"loss\":9.0}\n");
    run("run", recipe, 99);
    assertThat(Files.readString(log)).isEqualTo(Files.readString(work.resolve("whole/log.jsonl")));
  }

  @Test
  void aCheckpointOfAnOlderVersionIsReadAndTheMeasurementsBeginThere() throws IOException {
    Recipe recipe = recipe("rate.peak=50", "ema=null");
    run("cut", recipe, 2);
    Path state = work.resolve("cut/checkpoints/step-2/state.json");
    Files.writeString(state, "{\"steps_done\":2,\"sample_due\":false}");
    run("cut", recipe, 99);
    assertThat(notes).hasSizeLessThanOrEqualTo(1);
    assertThat(notes).allMatch(n -> n.contains("at step 2"));
    assertThat(probes("cut").stream().map(p -> p.get("step").asLong()))
        .containsExactly(0L, 2L, 2L, 4L, 5L);
  }

  @Test
  void zeroTurnsItOffAndAbsentFollowsTheSamples() throws IOException {
    assertThat(run("run", recipe("probe_every=0"), 99).probed).isEmpty();
    assertThat(recipe("probe_every=null", "sample_every=3").probeRhythm()).isEqualTo(3);
    assertThat(recipe("probe_every=null").probeRhythm()).isEqualTo(2);
    assertThat(Objects.requireNonNull(recipe().probeEvery())).isEqualTo(2);
  }
}
