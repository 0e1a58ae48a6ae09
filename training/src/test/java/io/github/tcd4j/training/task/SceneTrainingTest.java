package io.github.tcd4j.training.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.Task;
import io.github.tcd4j.training.TrainingListener;
import io.github.tcd4j.training.TrainingLoop;
import io.github.tcd4j.training.dataset.FreshLatents;
import io.github.tcd4j.training.dataset.LatentDataset;
import io.github.tcd4j.training.dataset.LatentSource;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.Recipes;
import io.github.tcd4j.training.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training on scenes without end: none is seen twice, and nothing is encoded beforehand. */
class SceneTrainingTest {
  @TempDir Path work;
  private Scope scope;
  private TinyModel tiny;
  private String scenes;

  @BeforeEach
  void prepare() throws IOException {
    scope = Scope.open();
    tiny = TinyModel.write(work);
    Path artwork = work.resolve("artwork.tar");
    try (TestShard shard = new TestShard(artwork)) {
      for (int i = 0; i < 40; i++) {
        String name =
            List.of("apple", "rocket", "cat", "heart", "dog", "fire", "sun", "key").get(i / 5);
        shard.add("a" + i + ".png", TinyModel.disc(i / 5));
        shard.add("a" + i + ".txt", name + ", no " + i % 5 + " style");
      }
    }
    scenes = "scenes:artwork=" + artwork + ",seed=2";
  }

  @AfterEach
  void end() {
    scope.close();
  }

  @Test
  void everyTaskTrainsOnFreshScenesInTurn() throws IOException {
    Path cache = work.resolve("cache/latents.safetensors");
    Files.delete(cache);
    for (String name : List.of("text-image", "autoencoder", "teacher", "tcd", "lcm", "ctm")) {
      Recipe recipe = tiny.recipe(name, "data=" + scenes);
      Task task = Tasks.create(recipe, tiny.places());
      int[] rows = task.order(recipe.seed()).rows(1_000_000, 3);
      assertThat(rows).as(name).containsExactly(3_000_000, 3_000_001, 3_000_002);
      double loss = loss(task, rows);
      assertThat(loss).as(name).isFinite().isPositive();
      assertThat(loss(Tasks.create(recipe, tiny.places()), rows)).as(name).isEqualTo(loss);
      assertThat(loss(task, new int[] {0, 1, 2})).as(name).isNotEqualTo(loss);
      task.export(work.resolve(name + "-product"));
    }
    assertThat(cache).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"teacher", "tcd"})
  void aResumedRunReadsTheScenesThatAreDueAndEndsWithTheSameBits(String name) throws IOException {
    run(name, "whole", 4);
    run(name, "resumed", 2);
    run(name, "resumed", 4);

    requireSameBits("whole", "resumed", 4);
    run(name, "other", 4, "seed=99");
    Path parameters = Path.of("checkpoints/step-4/parameters.safetensors");
    assertThat(
            Files.mismatch(
                work.resolve("whole").resolve(parameters),
                work.resolve("other").resolve(parameters)))
        .isNotEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"autoencoder", "teacher", "tcd", "ctm"})
  void howManyMicroBatchesRunAtOnceChangesNoBit(String name) throws IOException {
    // No probe: it computes one micro-batch with all threads.
    run(name, "in-turn", 2, "accumulate=4", "threads=1", "steps=2", "probe_every=0");
    run(name, "at-once", 2, "accumulate=4", "threads=2", "steps=2", "probe_every=0", "parallel=2");
    requireSameBits("in-turn", "at-once", 2);
    assertThat(Files.readString(work.resolve("at-once/log.jsonl")))
        .isEqualTo(Files.readString(work.resolve("in-turn/log.jsonl")));
  }

  /** Two runs have the same checkpoint of a step. */
  private void requireSameBits(String run, String other, long step) throws IOException {
    for (String file : List.of("parameters", "optimizer", "average")) {
      Path last = Path.of("checkpoints/step-" + step, file + ".safetensors");
      assertThat(Files.mismatch(work.resolve(run).resolve(last), work.resolve(other).resolve(last)))
          .as(file)
          .isEqualTo(-1);
    }
  }

  /** Stops after so many steps in all, and goes on where the folder is there. */
  private void run(String name, String folder, long stop, String... overrides) throws IOException {
    List<String> settings = new ArrayList<>(List.of("data=" + scenes, "steps=4", "batch=4"));
    settings.addAll(List.of("sample_every=4", "checkpoint_every=2"));
    settings.addAll(List.of(overrides));
    Recipe recipe = tiny.recipe(name, settings.toArray(String[]::new));
    Path run = work.resolve(folder);
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
    RunFolder opened = RunFolder.open(run, Recipes.toYaml(recipe), Files.exists(run));
    try (Scope inner = Scope.open()) {
      new TrainingLoop(recipe, Tasks.create(recipe, tiny.places()), opened, listener).run();
    }
  }

  private static double loss(Task task, int[] rows) {
    Tensor loss = task.losses(rows, new RandomSource(3), 0, 10).of(Losses.STUDENT);
    return loss.detach().item();
  }

  @Test
  void latentsAndTokensMadeOnTheFlyAreThoseOfTheCache() throws IOException {
    LatentSource fresh = tiny.components().latents(scenes, tiny.places());
    LatentSource cached = tiny.components().latents(scenes + ",count=8", tiny.places());
    assertThat(fresh).isInstanceOf(FreshLatents.class);
    assertThat(cached).isInstanceOf(LatentDataset.class);
    int[] rows = {7, 0, 3};
    assertThat(difference(latents(fresh, rows), latents(cached, rows))).isCloseTo(0, within(1e-4));
    assertThat(difference(tokens(fresh, rows, 0), tokens(cached, rows, 0)))
        .isCloseTo(0, within(1e-4));
    assertThat(difference(tokens(fresh, rows, 0.5), tokens(cached, rows, 0.5)))
        .isCloseTo(0, within(1e-4));
    assertThat(difference(fresh.empty().tokens(), cached.empty().tokens()))
        .isCloseTo(0, within(1e-4));
  }

  private static Tensor latents(LatentSource source, int[] rows) {
    return source.latents(rows, new RandomSource(5));
  }

  private static Tensor tokens(LatentSource source, int[] rows, double dropout) {
    return source.conditioning(rows, dropout, new RandomSource(6)).tokens();
  }

  private static double difference(Tensor a, Tensor b) {
    return a.minus(b).abs().max().item();
  }
}
