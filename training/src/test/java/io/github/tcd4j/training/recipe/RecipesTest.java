package io.github.tcd4j.training.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecipesTest {
  private static final Path TEACHER = Path.of("src/test/resources/recipes/teacher.yaml");

  @ParameterizedTest
  @ValueSource(strings = {"text-image", "autoencoder", "teacher", "tcd", "lcm"})
  void everyShippedRecipeCanBeRead(String name) throws IOException {
    assertThat(Recipes.read(Path.of("../recipes", name + ".yaml"), List.of()).steps()).isPositive();
  }

  @Test
  void tcdAndLcmDifferInTheObjectiveAlone() throws IOException {
    List<String> tcd = Files.readAllLines(Path.of("../recipes/tcd.yaml"));
    List<String> lcm = Files.readAllLines(Path.of("../recipes/lcm.yaml"));
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

  @Test
  void aMissingEntryIsNamed(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("bad.yaml");
    Files.writeString(file, Files.readString(TEACHER).replace("batch: 8\n", ""));
    assertThatThrownBy(() -> Recipes.read(file, List.of()))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("batch");
  }

  @Test
  void theRateRisesThenFallsToItsFloor() {
    LearningRate rate = new LearningRate(1, 4, LearningRate.Decay.COSINE, 0.1);
    assertThat(rate.at(0, 104)).isEqualTo(0.2);
    assertThat(rate.at(4, 104)).isEqualTo(1);
    assertThat(rate.at(54, 104)).isCloseTo(0.55, within(1e-9));
    assertThat(rate.at(104, 104)).isCloseTo(0.1, within(1e-9));
  }

  @Test
  void theAverageFollowsFastAtFirst() {
    Ema ema = new Ema(0.99, true);
    assertThat(ema.at(0)).isEqualTo(0.1);
    assertThat(ema.at(100_000)).isEqualTo(0.99);
    assertThat(new Ema(0.99, false).at(0)).isEqualTo(0.99);
  }
}
