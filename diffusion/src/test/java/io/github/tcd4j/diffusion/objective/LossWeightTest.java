package io.github.tcd4j.diffusion.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Prediction.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LossWeightTest {
  /** The same x0 error counts the same whichever way the network puts it. */
  @ParameterizedTest
  @CsvSource({"min-snr-5, 0.01", "min-snr-5, 40", "debiased, 0.01", "debiased, 40"})
  void aWeightDoesNotDependOnWhatTheNetworkPredicts(String name, double snr) {
    LossWeight weight = LossWeight.parse(name);
    double x0 = weight.at(Kind.X0, snr);
    assertThat(weight.at(Kind.EPSILON, snr) * snr).isEqualTo(x0, within(1e-9));
    assertThat(weight.at(Kind.V, snr) * (snr + 1)).isEqualTo(x0, within(1e-9));
  }

  @Test
  void minSnrCutsAtGammaAndDebiasedIsTheRoot() {
    assertThat(LossWeight.parse("min-snr-2.5").at(Kind.X0, 40)).isEqualTo(2.5);
    assertThat(LossWeight.parse("min-snr-2.5").at(Kind.X0, 0.3)).isEqualTo(0.3);
    assertThat(LossWeight.parse("debiased").at(Kind.EPSILON, 0.04)).isEqualTo(5, within(1e-12));
    assertThat(LossWeight.parse("even").at(Kind.V, 0.04)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"even", "min-snr-5", "debiased"})
  void weightsAreFiniteAtBothEnds(String name) {
    for (Kind kind : Kind.values()) {
      assertThat(LossWeight.parse(name).at(kind, 0)).isBetween(0.0, 40.0);
      assertThat(LossWeight.parse(name).at(kind, 1e12)).isBetween(0.0, 40.0);
    }
  }

  @Test
  void anUnknownNameListsTheKnownOnes() {
    assertThatThrownBy(() -> LossWeight.parse("p2"))
        .hasMessage(
            "the loss weight must be even, debiased or min-snr-GAMMA, such as min-snr-5, but was"
                + " p2");
    assertThatThrownBy(() -> LossWeight.parse("min-snr-0"))
        .hasMessage("min-snr needs a gamma above 0 but got 0.0");
  }
}
