package io.github.tcd4j.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.GaussianMixture;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GammaTest {
  @Test
  void aConstantIsTheSameInEveryStep() {
    assertThat(new Gamma.Constant(0.3).at(0, 4)).isEqualTo(0.3);
    assertThat(new Gamma.Constant(0.3).at(3, 4)).isEqualTo(0.3);
  }

  @Test
  void aRampGoesFromItsFirstToItsLast() {
    Gamma ramp = Gamma.linear(0.8, 0.2, 4);
    assertThat(ramp.at(0, 4)).isEqualTo(0.8);
    assertThat(ramp.at(1, 4)).isEqualTo(0.6, within(1e-12));
    assertThat(ramp.at(3, 4)).isEqualTo(0.2, within(1e-12));
    assertThat(Gamma.linear(0.8, 0.2, 1)).isEqualTo(Gamma.of(0.8));
  }

  @Test
  void aListOfOneIsTheSameInEveryStep() {
    assertThat(Gamma.of(List.of(0.3))).isEqualTo(Gamma.of(0.3));
    assertThat(Gamma.of(List.of(0.3, 0.4)).values()).containsExactly(0.3, 0.4);
    assertThat(Gamma.of(0.3).values()).containsExactly(0.3);
  }

  @Test
  void everyStepLandsByItsOwnGamma() {
    VpSchedule schedule = VpSchedule.stableDiffusion();
    Denoiser exact = GaussianMixture.latents(36).denoiser(schedule, Kind.EPSILON);
    List<Double> sent = new ArrayList<>();
    try (Scope scope = Scope.inference()) {
      SamplerSettings settings =
          SamplerSettings.ofSteps(4).withGamma(Gamma.of(List.of(0.3, 0.0, 1.0, 0.5)));
      NoiseSource noise = NoiseSource.shared(new RandomSource(1));
      Samplers.named("tcd")
          .plan(SchedulerConfig.DEFAULTS, settings)
          .sample(
              (x, t, s) -> {
                sent.add(s.item(0));
                return exact.at(x, t, s);
              },
              noise.draw(2, 4, 3, 3),
              noise,
              StepHook.NONE);
    }
    assertThat(sent).containsExactly(531.0, 499.0, 0.0, 0.0);
  }

  @Test
  void settingsThatCannotBeAreRefused() {
    assertThatThrownBy(() -> Gamma.linear(0.1, 1.1, 2))
        .hasMessage(
            "gamma must be in [0, 1] but was 1.1; classifier-free guidance is another setting");
    assertThatThrownBy(() -> Gamma.of(List.of(0.3, -0.1)))
        .hasMessage(
            "gamma must be in [0, 1] but was -0.1; classifier-free guidance is another setting");
    SamplerSettings three = SamplerSettings.ofSteps(4).withGamma(Gamma.of(List.of(0.1, 0.2, 0.3)));
    assertThatThrownBy(() -> Samplers.named("tcd").plan(SchedulerConfig.DEFAULTS, three))
        .hasMessage("gamma must be one number, or one for each of the 4 steps, but were 3");
    assertThatThrownBy(() -> Gamma.of(List.of()))
        .hasMessage("gamma must be one number, or one for each step");
    assertThatThrownBy(() -> Samplers.named("lcm").plan(SchedulerConfig.DEFAULTS, three))
        .hasMessageStartingWith("gamma does nothing with the sampler lcm");
  }
}
