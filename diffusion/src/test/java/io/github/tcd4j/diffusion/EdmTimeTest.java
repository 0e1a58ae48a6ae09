package io.github.tcd4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.schedule.KarrasSchedule;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.diffusion.schedule.VeSchedule;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The grid, the preconditioning and the coordinates of consistency models. */
class EdmTimeTest {
  private final Scope scope = Scope.inference();
  private final VpSchedule vp = VpSchedule.stableDiffusion();

  @AfterEach
  void free() {
    scope.close();
  }

  @Test
  void theGridFallsEvenlyInTheSeventhRoot() {
    KarrasSchedule grid = KarrasSchedule.edm(40);
    assertThat(grid.tau(0)).isEqualTo(80, within(1e-9));
    assertThat(grid.tau(39)).isEqualTo(0.002, within(1e-12));
    double middle = (Math.pow(80, 1 / 7.0) + Math.pow(0.002, 1 / 7.0)) / 2;
    assertThat(grid.tau(19.5)).isEqualTo(Math.pow(middle, 7), within(1e-9));
  }

  @Test
  void aNetworkThatSaysNothingIsTheExactDenoiserOfAGaussian() {
    EdmPreconditioning scaling = new EdmPreconditioning(0.5, 0);
    VeSchedule ve = new VeSchedule(0.002, 80);
    Denoiser silent = (y, t, s) -> new Prediction(Kind.X0, y.zerosLike());
    Denoiser exact = GaussianMixture.single(0, 0.5).denoiser(ve, Kind.X0);
    Tensor y = new RandomSource(1).normal(5, 1, 1, 1);
    Tensor tau = Tensor.of(new float[] {0.01f, 0.3f, 1, 8, 70});
    assertThat(scaling.precondition(silent).at(y, tau, tau).output().toDoubleArray())
        .containsExactly(exact.at(y, tau, tau).output().toDoubleArray(), within(1e-6));
  }

  @Test
  void aConsistencyFunctionSharesItsNetworkWithTheDenoiser() {
    EdmPreconditioning own = new EdmPreconditioning(0.5, 0.002);
    Denoiser raw =
        (x, t, s) -> new Prediction(Kind.EPSILON, x.sin().plus(PerSample.broadcast(t.sin())));
    Tensor y = new RandomSource(2).normal(5, 2, 1, 1);
    Tensor tau = Tensor.of(new float[] {0.002f, 0.3f, 1, 8, 70});
    Tensor x0 = new EdmPreconditioning(0.5, 0).precondition(raw).at(y, tau, tau).output();
    Tensor f = own.precondition(raw).at(y, tau, tau).output();
    assertThat(own.consistent(y, x0, tau).toDoubleArray())
        .containsExactly(f.toDoubleArray(), within(2e-6));
    assertThat(f.select(0, 0).toDoubleArray())
        .containsExactly(y.select(0, 0).toDoubleArray(), within(1e-6));
  }

  @Test
  void theNetworkSeesNumbersOfSizeOneAndTheLogarithmOfTheTime() {
    Denoiser raw =
        (x, t, s) -> {
          assertThat(x.item()).isEqualTo(3 / Math.hypot(1.2, 0.5), within(1e-6));
          assertThat(t.item()).isEqualTo(250 * Math.log(1.2), within(1e-4));
          assertThat(s.isFinite()).isTrue();
          return new Prediction(Kind.X0, x);
        };
    Tensor y = Tensor.of(new float[] {3}, 1, 1, 1, 1);
    Tensor tau = Tensor.of(new float[] {1.2f});
    Tensor told =
        new EdmPreconditioning(0.5, 0).precondition(raw).at(y, tau, tau.zerosLike()).output();
    double out = 1.2 * 0.5 / Math.hypot(1.2, 0.5);
    double skip = 0.25 / (1.44 + 0.25);
    assertThat(told.item()).isEqualTo(3 * (skip + out / Math.hypot(1.2, 0.5)), within(1e-5));
  }

  @ParameterizedTest
  @EnumSource
  void aLatentNetworkAnswersInTauWhicheverItsLanguage(Kind kind) {
    Denoiser seen = new SigmaDenoiser(GaussianMixture.PLANE.denoiser(vp, kind), vp);
    Denoiser wanted = GaussianMixture.PLANE.denoiser(new VeSchedule(0.01, 20), Kind.X0);
    Tensor y = new RandomSource(3).normal(5, 2, 1, 1);
    Tensor tau = Tensor.of(new float[] {0.05f, 0.3f, 1, 5, 14});
    assertThat(seen.at(y, tau, tau).output().toDoubleArray())
        .containsExactly(wanted.at(y, tau, tau).output().toDoubleArray(), within(1e-4));
  }

  @Test
  void settingsOutsideTheirRangeAreRefused() {
    Tensor y = Tensor.of(new float[] {3}, 1, 1, 1, 1);
    Tensor tau = Tensor.of(new float[] {80});
    Denoiser seen = new SigmaDenoiser(GaussianMixture.LINE.denoiser(vp, Kind.V), vp);
    assertThatThrownBy(() -> seen.at(y, tau, tau))
        .hasMessageStartingWith("tau must be in [0.029")
        .hasMessageEndingWith("but was 80.0; give the grid these ends");
    assertThatThrownBy(() -> KarrasSchedule.edm(1))
        .hasMessage("scales must be at least 2 but was 1");
    assertThatThrownBy(() -> new KarrasSchedule(1, 2, 40))
        .hasMessage("tau must satisfy 0 < min < max but was 2.0 to 1.0");
    assertThatThrownBy(() -> new EdmPreconditioning(0, 0))
        .hasMessageStartingWith("the scaling needs sigma_data > 0");
  }
}
