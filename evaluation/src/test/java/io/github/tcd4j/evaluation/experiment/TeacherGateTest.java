package io.github.tcd4j.evaluation.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.evaluation.metric.NeighbourTest;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TeacherGateTest {
  private static final NeighbourTest FAIR = new NeighbourTest(0.5, 0.5);

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.inference();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor normal(long seed, int rows, double spread, double shift) {
    try (RandomSource random = new RandomSource(seed)) {
      return random.normal(rows, 6).times(spread).plus(shift);
    }
  }

  /** Features of which the distances are known: spread and shift of normal numbers. */
  private static TeacherGate.Features features(double fiftyShift, double seedSpread) {
    return new TeacherGate.Features(
        normal(1, 3000, 1, 1),
        normal(2, 3000, 1, 0.7),
        normal(3, 3000, 1, fiftyShift),
        normal(4, 3000, 1, 0),
        normal(5, 3000, 1, 0.25),
        normal(6, 320, seedSpread, 0),
        normal(7, 320, 1, 0),
        16,
        normal(8, 3000, 1, 0),
        normal(9, 3000, 1, 0));
  }

  @Test
  void theFiguresAreThoseOfTheirGaussians() {
    TeacherGate gate = TeacherGate.measure(features(0.3, 0.9), 0);

    // Six coordinates shifted alike: the squared distance of the means is 6 shift^2.
    assertThat(gate.two()).isCloseTo(6, within(0.35));
    assertThat(gate.four()).isCloseTo(6 * 0.49, within(0.25));
    assertThat(gate.fifty()).isCloseTo(6 * 0.09, within(0.1));
    assertThat(gate.floor()).isCloseTo(6 * 0.0625, within(0.1));
    assertThat(gate.diversity() / gate.realDiversity()).isCloseTo(0.9, within(0.03));
    assertThat(gate.neighbours().share()).isCloseTo(0.5, within(0.04));
    assertThat(gate.passed()).isTrue();
    assertThat(gate.checks()).allMatch(TeacherGate.Check::passed);
  }

  @Test
  void aTeacherThatTwoStepsServeOrThatAnswersAlikeFails() {
    TeacherGate gate = TeacherGate.measure(features(0.7, 0.5), 0);

    assertThat(gate.passed()).isFalse();
    assertThat(gate.checks().stream().map(TeacherGate.Check::passed))
        .containsExactly(false, false, false, false, true);
  }

  @Test
  void everyConditionHoldsAtItsBoundAndDecidesAlone() {
    TeacherGate held = new TeacherGate(6, 3, 2, 1, 0.85, 1, new NeighbourTest(0.6, 0.05));
    assertThat(held.passed()).isTrue();
    assertThat(new TeacherGate(5.99, 3, 2, 1, 0.85, 1, FAIR).passed()).isFalse();
    assertThat(new TeacherGate(6, 2.99, 2, 1, 0.85, 1, FAIR).passed()).isFalse();
    assertThat(new TeacherGate(6, 3, 2, 0.99, 0.85, 1, FAIR).passed()).isFalse();
    assertThat(new TeacherGate(6, 3, 2, 1, 0.84, 1, FAIR).passed()).isFalse();
    assertThat(new TeacherGate(6, 3, 2, 1, 1, 1, new NeighbourTest(0.9, 0.049)).passed()).isFalse();
    assertThat(new TeacherGate(6, 3, Double.NaN, 1, 1, 1, FAIR).passed()).isFalse();
  }

  @Test
  void theTableShowsEveryCondition() {
    String table = new TeacherGate(6, 2.5, 2, 1, 0.85, 1, FAIR).markdown();
    assertThat(table)
        .contains("| FD at 2 steps / FD at 50 | 3.000 | at least 3.0 | passed |")
        .contains("| FD at 4 steps / FD at 50 | 1.250 | at least 1.5 | failed |")
        .contains("| FD at 50 steps / FD of the autoencoder | 2.000 | at most 2.0 | passed |")
        .contains("nearest picture of training in 50.0 % of cases");
  }
}
