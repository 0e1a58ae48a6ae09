package io.github.tcd4j.training.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.HeunStep;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.Tcf2;
import io.github.tcd4j.diffusion.objective.Destinations;
import io.github.tcd4j.diffusion.objective.Lcm;
import io.github.tcd4j.diffusion.objective.Pcm;
import io.github.tcd4j.diffusion.objective.Tcd;
import io.github.tcd4j.diffusion.objective.Tdd;
import io.github.tcd4j.diffusion.objective.Tscd;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.RecipeException;
import io.github.tcd4j.training.recipe.Recipes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DistillationTest {
  @Test
  void methodsAreTheObjectivesOfTheirNames() {
    assertThat(of("lcm", null, null, null, null).objective()).isInstanceOf(Lcm.class);
    assertThat(of("tdd", null, null, null, null).objective()).isInstanceOf(Tdd.class);
    assertThat(of("pcm", null, null, null, 4).objective())
        .isInstanceOfSatisfying(Pcm.class, pcm -> assertThat(pcm.phases()).isEqualTo(4));
    assertThat(of("tscd", null, null, null, 8).objective())
        .isInstanceOfSatisfying(Tscd.class, tscd -> assertThat(tscd.segments()).isEqualTo(8));
  }

  @ParameterizedTest
  @CsvSource({"tcd", "lcm"})
  void theRecipesOfTheProjectSayWhatTheyNeedAndNoMore(String method) throws IOException {
    Recipe recipe = Recipes.read(Path.of("../recipes", method + ".yaml"), List.of());
    DistillTask.Settings settings = Recipes.settings(recipe, DistillTask.Settings.class);
    assertThat(settings.objective().method()).isEqualTo(method);
    assertThat(settings.objective().trajectory()).isNull();
  }

  @Test
  void tcdByDefaultIsAlgorithm2WithTcf1AndDdim() {
    Tcd tcd = (Tcd) of("tcd", null, null, null, null).objective();
    assertThat(tcd.function()).isEqualTo(new Tcf1());
    assertThat(tcd.step().solver()).isEqualTo(new Tcf1());
    assertThat(tcd.step().wMin()).isEqualTo(1);
    assertThat(tcd.step().wMax()).isEqualTo(7);
    assertThat(tcd.destinations()).isEqualTo(new Destinations.Skipped());
  }

  @Test
  void theTrajectoryTheSolverAndTheDrawCanBeChosen() {
    Distillation chosen = of("tcd", "tcf2", "heun", "every", null);
    Tcd tcd = (Tcd) chosen.objective();
    assertThat(tcd.function()).isEqualTo(new Tcf2());
    assertThat(tcd.step().solver()).isEqualTo(new HeunStep());
    assertThat(tcd.destinations()).isEqualTo(new Destinations.EveryTime());
    assertThat(chosen.sampler()).isEqualTo("tcd-2s");
  }

  @ParameterizedTest
  @CsvSource({"tcd, , tcd", "tdd, , tcd", "pcm, 4, tcd", "tscd, 2, tcd", "lcm, , lcm"})
  void theSamplerWalksAsTheMethodTrained(String method, @Nullable Integer parts, String sampler) {
    assertThat(of(method, null, null, null, parts).sampler()).isEqualTo(sampler);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertThatThrownBy(() -> of("ctm2", null, null, null, null))
        .isInstanceOf(RecipeException.class)
        .hasMessage(
            "settings.objective.method must be one of [tcd, lcm, pcm, tdd, tscd] but was ctm2");
    assertThatThrownBy(() -> of("pcm", null, null, null, null)).hasMessageContaining("parts");
    assertThatThrownBy(() -> of("tcd", null, null, null, 4)).hasMessageContaining("parts");
    assertThatThrownBy(() -> of("lcm", "tcf2", null, null, null))
        .hasMessageContaining("no effect on lcm");
    assertThatThrownBy(() -> of("pcm", null, null, "every", 4))
        .hasMessageContaining("destinations is for tcd alone");
    assertThatThrownBy(() -> of("tcd", "tcf3", null, null, null).objective())
        .hasMessage("settings.objective.trajectory must be one of [tcf1, tcf2] but was tcf3");
  }

  private static Distillation of(
      String method,
      @Nullable String trajectory,
      @Nullable String solver,
      @Nullable String destinations,
      @Nullable Integer parts) {
    return new Distillation(
        method, trajectory, solver, destinations, parts, 20, 2, 8, "huber", 1e-3, 0.3, 4);
  }
}
