package io.github.tcd4j.diffusion.sampler.consistency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.GaussianMixture;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.SolverTimesteps;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CtmSamplerTest {
  private final Scope scope = Scope.inference();
  private final VpSchedule schedule = VpSchedule.stableDiffusion();
  private final Grid grid =
      Grid.of(schedule, new SolverTimesteps(1000, 20).spread(50, 4), schedule.at(0));
  private final Tensor start = new RandomSource(2).normal(2, 4, 3, 3);

  @AfterEach
  void free() {
    scope.close();
  }

  @ParameterizedTest
  @CsvSource({"0.3, 759, 0.907", "0.3, 499, 0.792", "0.3, 259, 0.681", "0.2, 499, 0.694"})
  void gammasOfTcdHaveTheKnownOnesOfCtm(double tcd, double s, double ctm) {
    Node between = schedule.at(TcdSampler.destination(tcd, s));
    assertThat(CtmSampler.gammaOf(between, schedule.at(s), 0)).isEqualTo(ctm, within(1e-3));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.3, 0.7, 0.95})
  void fromGammaToTauAndBack(double gamma) {
    for (double tauMin : new double[] {0, schedule.tau(0)}) {
      CtmSampler sampler = ctm(new Gamma.Constant(gamma), tauMin);
      Node s = schedule.at(499);
      Node between = sampler.between(s, gamma, schedule);
      assertThat(CtmSampler.gammaOf(between, s, tauMin)).isEqualTo(gamma, within(1e-6));
      assertThat(schedule.at(between.time()).tau()).isEqualTo(between.tau(), within(1e-9));
    }
  }

  @Test
  void gammaSquaredIsTheShareOfTheNoiseThatIsFresh() {
    Node s = schedule.at(499);
    Node between = ctm(new Gamma.Constant(0.6), 0).between(s, 0.6, schedule);
    double fresh = s.tau() * s.tau() - between.tau() * between.tau();
    assertThat(fresh / (s.tau() * s.tau())).isEqualTo(0.36, within(1e-9));
  }

  @ParameterizedTest
  @CsvSource({"0.3, 0", "0.3, 0.029", "0.7, 0", "0.2, 0.01"})
  void aWalkOfTcdIsOneOfCtmWithAGammaForEachStep(double gamma, double tauMin) {
    List<Double> gammas = new ArrayList<>();
    for (int i = 1; i < grid.steps(); i++) {
      Node s = grid.node(i);
      Node between = schedule.at(TcdSampler.destination(gamma, s.time()));
      gammas.add(CtmSampler.gammaOf(between, s, tauMin));
    }
    gammas.add(0.5);
    assertThat(gammas.get(0)).isGreaterThan(gammas.get(1));
    Tensor ctm = denoise(ctm(Gamma.of(gammas), tauMin));
    assertThat(ctm.toDoubleArray())
        .containsExactly(denoise(new TcdSampler(gamma)).toDoubleArray(), within(2e-4));
  }

  @Test
  void theEndsOfBothScalesAreTheSame() {
    for (double gamma : new double[] {0, 1}) {
      Tensor ctm = denoise(ctm(new Gamma.Constant(gamma), schedule.tau(0)));
      assertThat(ctm.toDoubleArray())
          .containsExactly(denoise(new TcdSampler(gamma)).toDoubleArray(), within(2e-4));
    }
  }

  @Test
  void settingsOutsideTheirRangeAreRefused() {
    assertThatThrownBy(() -> ctm(new Gamma.Constant(0.3), -1))
        .hasMessage("tauMin must be at least 0 but was -1.0");
    assertThatThrownBy(
            () ->
                Samplers.named("ctm")
                    .plan(SchedulerConfig.DEFAULTS, SamplerSettings.NONE.withGamma(1.5)))
        .hasMessage(
            "gamma must be in [0, 1] but was 1.5; classifier-free guidance is another setting");
  }

  private static CtmSampler ctm(Gamma gamma, double tauMin) {
    return new CtmSampler(gamma, tauMin, new Tcf1());
  }

  private Tensor denoise(Sampler sampler) {
    return sampler.denoise(
        GaussianMixture.latents(36).denoiser(schedule, Kind.V),
        start,
        grid,
        NoiseSource.seeded(5, 2),
        StepHook.NONE);
  }
}
