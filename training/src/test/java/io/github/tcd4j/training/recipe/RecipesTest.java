package io.github.tcd4j.training.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.training.task.TeacherTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipesTest {
  private static final Path TEACHER = Path.of("src/test/resources/recipes/teacher.yaml");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text-image",
        "autoencoder",
        "teacher",
        "tcd",
        "lcm",
        "small-scenes-autoencoder",
        "small-scenes-teacher",
        "small-scenes-tcd",
        "small-scenes-lcm",
        "small-scenes-ctm"
      })
  void everyShippedRecipeCanBeRead(String name) throws IOException {
    assertThat(Recipes.read(Path.of("../recipes", name + ".yaml"), List.of()).steps()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "small-scenes-"})
  void tcdAndLcmDifferInTheObjectiveAlone(String world) throws IOException {
    List<String> tcd = Files.readAllLines(Path.of("../recipes", world + "tcd.yaml"));
    List<String> lcm = Files.readAllLines(Path.of("../recipes", world + "lcm.yaml"));
    List<String> own = List.of("#", "    method:", "    destinations:", "    gamma:");
    tcd.removeIf(line -> own.stream().anyMatch(line::startsWith));
    lcm.removeIf(line -> own.stream().anyMatch(line::startsWith));
    assertThat(lcm).isEqualTo(tcd);
  }

  @Test
  void anOverrideReplacesOneEntry() throws IOException {
    Recipe recipe = Recipes.read(TEACHER, List.of("steps=5", "rate.peak=0.5"));
    assertThat(recipe.steps()).isEqualTo(5);
    assertThat(recipe.rate().peak()).isEqualTo(0.5);
  }

  @Test
  void anOverrideCanNameAnOptionalEntryThatTheRecipeLeavesOut() throws IOException {
    Path tcd = Path.of("../recipes/tcd.yaml");
    Recipe recipe = Recipes.read(tcd, List.of("settings.objective.trajectory=tcf2"));
    assertThat(recipe.settings().at("/objective/trajectory").asText()).isEqualTo("tcf2");
  }

  @Test
  void aWrittenRecipeIsReadBackTheSame(@TempDir Path folder) throws IOException {
    Recipe recipe = Recipes.read(TEACHER, List.of());
    Path copy = folder.resolve("copy.yaml");
    Files.writeString(copy, Recipes.toYaml(recipe));
    assertThat(Recipes.read(copy, List.of())).isEqualTo(recipe);
  }

  @Test
  void anUnknownEntryIsNamedWithTheKnownOnes(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("bad.yaml");
    Files.writeString(file, Files.readString(TEACHER) + "\nlearning_rate: 3\n");
    assertThatThrownBy(() -> Recipes.read(file, List.of()))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("unknown entry learning_rate")
        .hasMessageContaining("checkpoint_every");
  }

  @Test
  void anOverrideOfAnUnknownEntryIsRefused() {
    assertThatThrownBy(() -> Recipes.read(TEACHER, List.of("rate.speed=1")))
        .hasMessageContaining("unknown entry speed")
        .hasMessageContaining("peak");
  }

  @Test
  void aValueOutOfRangeIsNamedWithItsRange() {
    assertThatThrownBy(() -> Recipes.read(TEACHER, List.of("steps=0")))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("steps must be at least 1 but was 0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "rate.decay=sideways | rate.decay must be one of [constant, linear, cosine] but was sideways",
        "precision=f8 | precision must be one of [f32, bf16] but was f8",
        "batch=many | batch must be a whole number but was many",
        "steps=1.5 | steps must be a whole number but was 1.5",
        "batch=null | batch must be a whole number but was left empty",
        "rate.peak=[1, 2] | rate.peak must be a number but was [1,2]",
        "ema.warmup=perhaps | ema.warmup must be true or false but was perhaps",
        "ema=0.9 | ema must be a group of entries but was 0.9",
        "optimizer.beta1=2 | optimizer: betas must be in [0, 1)",
        "optimizer.clip=0 | optimizer.clip must be above 0 but was 0.0"
      })
  void aWrongValueIsOneSentenceAboutTheEntry(String override, String sentence) {
    assertThatThrownBy(() -> Recipes.read(TEACHER, List.of(override)))
        .isInstanceOf(RecipeException.class)
        .hasMessageStartingWith(TEACHER + ": " + sentence)
        .message()
        .doesNotContain("\n", "io.github", "java.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "loss_weight=foo | the loss weight must be even, debiased or min-snr-GAMMA",
        "caption_dropout=2 | settings.caption_dropout must be in [0, 1) but was 2.0",
        "samples.prompts=red | samples.prompts must be a list but was red",
        "samples.prompts=null | samples: an entry has no value",
        "samples.steps=few | samples.steps must be a whole number but was few"
      })
  void soItIsInTheEntriesOfTheTask(String override, String sentence) throws IOException {
    Recipe recipe = Recipes.read(TEACHER, List.of("settings." + override));
    assertThatThrownBy(() -> Recipes.settings(recipe, TeacherTask.Settings.class))
        .isInstanceOf(RecipeException.class)
        .hasMessageStartingWith("settings: " + sentence)
        .message()
        .doesNotContain("\n", "io.github", "java.");
  }

  @Test
  void anOverrideThatIsNoYamlIsRefused() {
    assertThatThrownBy(() -> Recipes.read(TEACHER, List.of("rate.peak=[")))
        .isInstanceOf(RecipeException.class)
        .hasMessage("override rate.peak=[: the value is no YAML");
    assertThatThrownBy(() -> Recipes.read(TEACHER, List.of("steps=")))
        .isInstanceOf(RecipeException.class)
        .hasMessage("override steps=: there is no value; null is one");
  }

  @Test
  void aFileThatIsNoYamlIsRefusedInOneLine(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("bad.yaml"), "steps: 1\nrate: [\n");
    assertThatThrownBy(() -> Recipes.read(file, List.of()))
        .isInstanceOf(RecipeException.class)
        .hasMessageStartingWith(file + " is no YAML: line 2: ")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void settingsThatAreEmptyAreRefused() throws IOException {
    Recipe recipe = Recipes.read(TEACHER, List.of("settings=null"));
    assertThatThrownBy(() -> Recipes.settings(recipe, TeacherTask.Settings.class))
        .hasMessage("settings must hold entries KEY: VALUE");
  }

  @Test
  void aMissingEntryIsNamed(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("bad.yaml");
    Files.writeString(file, Files.readString(TEACHER).replace("batch: 8\n", ""));
    assertThatThrownBy(() -> Recipes.read(file, List.of()))
        .isInstanceOf(RecipeException.class)
        .hasMessage(file + ": batch is missing");
  }

  @ParameterizedTest
  @CsvSource({
    "CONSTANT, 0, 0.4",
    "CONSTANT, 3, 1.6",
    "CONSTANT, 4, 2",
    "CONSTANT, 79, 2",
    "CONSTANT, 104, 2",
    "LINEAR, 3, 1.6",
    "LINEAR, 4, 2",
    "LINEAR, 29, 1.55",
    "LINEAR, 54, 1.1",
    "LINEAR, 79, 0.65",
    "LINEAR, 104, 0.2",
    "LINEAR, 200, 0.2",
    "COSINE, 0, 0.4",
    "COSINE, 1, 0.8",
    "COSINE, 4, 2",
    "COSINE, 29, 1.7363961",
    "COSINE, 54, 1.1",
    "COSINE, 79, 0.4636039",
    "COSINE, 104, 0.2",
    "COSINE, 200, 0.2"
  })
  void theRateRisesToItsPeakOf2ThenFallsToATenthOfIt(
      LearningRate.Decay decay, long step, double expected) {
    LearningRate rate = new LearningRate(2, 4, decay, 0.1);
    assertThat(rate.at(step, 104)).isCloseTo(expected, within(1e-7));
  }

  @Test
  void aRateWithoutWarmupStartsAtItsPeakAndAFloorOf0IsReached() {
    LearningRate rate = new LearningRate(2, 0, LearningRate.Decay.LINEAR, 0);
    assertThat(rate.at(0, 10)).isEqualTo(2);
    assertThat(rate.at(9, 10)).isCloseTo(0.2, within(1e-12));
    assertThat(rate.at(10, 10)).isZero();
  }

  /** (1 + step) / (10 + step) comes to 0.99 at step 890. */
  @ParameterizedTest
  @CsvSource({
    "0, 0.1",
    "1, 0.1818182",
    "8, 0.5",
    "80, 0.9",
    "889, 0.9899889",
    "890, 0.99",
    "1000, 0.99"
  })
  void theAverageFollowsFastAtFirst(long step, double kept) {
    assertThat(new Ema(0.99, true).at(step)).isCloseTo(kept, within(1e-7));
    assertThat(new Ema(0.99, false).at(step)).isEqualTo(0.99);
  }

  @Test
  void microBatchesAtOnceShareTheThreadsEvenly() throws IOException {
    Path file = Path.of("src/test/resources/recipes/autoencoder.yaml");
    assertThat(Recipes.read(file, List.of()).atOnce()).isEqualTo(1);
    List<String> three = List.of("accumulate=6", "parallel=3", "threads=3");
    assertThat(Recipes.read(file, three).atOnce()).isEqualTo(3);
    assertThatThrownBy(() -> Recipes.read(file, List.of("accumulate=6", "parallel=3", "threads=4")))
        .hasMessageEndingWith("parallel must be a divisor of threads = 4 but was 3");
  }

  @ParameterizedTest
  @CsvSource({"-0.01", "1", "NaN"})
  void aDecayThatIsNoShareBelow1IsRefused(double decay) {
    assertThatThrownBy(() -> new Ema(decay, true))
        .hasMessageContaining("ema.decay must be in [0, 1) but was " + decay);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "steps=0 | steps must be at least 1 but was 0",
        "batch=0 | batch must be at least 1 but was 0",
        "accumulate=0 | accumulate must be at least 1 but was 0",
        "threads=0 | threads must be at least 1 but was 0",
        "parallel=0 | parallel must be at least 1 but was 0",
        "parallel=3 | parallel must be a divisor of accumulate = 2 but was 3",
        "checkpoint_every=0 | checkpoint_every must be at least 1 but was 0",
        "keep=0 | keep must be at least 1 but was 0",
        "sample_every=-1 | sample_every must be at least 0 but was -1",
        "probe_every=-1 | probe_every must be at least 0 but was -1",
        "rate.peak=0 | rate.peak must be above 0 but was 0.0",
        "rate.warmup=-1 | rate.warmup must be at least 0 but was -1",
        "rate.floor=1.5 | rate.floor must be in [0, 1] but was 1.5",
        "rate.floor=-0.5 | rate.floor must be in [0, 1] but was -0.5",
        "optimizer.clip=0 | optimizer.clip must be above 0 but was 0.0"
      })
  void anEntryOutOfItsRangeIsRefused(String override, String sentence) {
    assertThatThrownBy(() -> Recipes.read(TEACHER, List.of(override)))
        .isInstanceOf(RecipeException.class)
        .hasMessageEndingWith(sentence);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "steps=1",
        "batch=1",
        "accumulate=1",
        "threads=1",
        "checkpoint_every=1",
        "keep=1",
        "sample_every=0",
        "probe_every=0",
        "rate.warmup=0",
        "rate.floor=0",
        "rate.floor=1",
        "ema={decay: 0, warmup: false}"
      })
  void theEndsOfARangeAreAllowed(String override) throws IOException {
    assertThat(Recipes.read(TEACHER, List.of(override))).isNotNull();
  }

  @Test
  void probesAreAsFrequentAsTheySayOrAsSamplesOrAsCheckpoints() throws IOException {
    List<String> own = List.of("probe_every=0", "sample_every=7", "checkpoint_every=9");
    assertThat(Recipes.read(TEACHER, own).probeRhythm()).isZero();
    List<String> samples = List.of("probe_every=null", "sample_every=7", "checkpoint_every=9");
    assertThat(Recipes.read(TEACHER, samples).probeRhythm()).isEqualTo(7);
    List<String> none = List.of("probe_every=null", "sample_every=0", "checkpoint_every=9");
    assertThat(Recipes.read(TEACHER, none).probeRhythm()).isEqualTo(9);
  }

  @Test
  void anOverrideOfAGroupThatIsNotThereNamesThoseThatAre() {
    assertThatThrownBy(() -> Recipes.read(TEACHER, List.of("pace.peak=1")))
        .isInstanceOf(RecipeException.class)
        .hasMessageStartingWith("override pace.peak=1: the recipe has no group pace; it has task, ")
        .hasMessageContaining(", settings");
  }
}
