package io.github.tcd4j.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class GridTest {
  private final VpSchedule schedule = VpSchedule.stableDiffusion();

  @ParameterizedTest
  @CsvSource({
    "1, 999",
    "2, 999 499",
    "3, 999 679 339",
    "4, 999 759 499 259",
    "5, 999 799 599 399 199",
    "6, 999 839 679 499 339 179",
    "8, 999 879 759 639 499 379 259 139",
    "10, 999 899 799 699 599 499 399 299 199 99",
    "16, 999 939 879 819 759 699 639 579 499 439 379 319 259 199 139 79",
    "20, 999 959 899 859 799 759 699 659 599 559 499 459 399 359 299 259 199 159 99 59"
  })
  void theSkippedGridIsSpreadAsKnown(int n, String times) {
    assertThat(new SolverTimesteps(1000, 20).spread(50, n)).containsExactly(numbers(times));
  }

  @Test
  void theWholeSkippedGridIsItself() {
    double[] all = new SolverTimesteps(1000, 20).spread(50, 50);
    assertThat(all[0]).isEqualTo(999);
    assertThat(all[49]).isEqualTo(19);
    assertThat(all).hasSize(50);
  }

  @ParameterizedTest
  @CsvSource({"10, 99", "25, 39", "26, 39", "50, 19"})
  void theLastTimesAreTheKnownOnes(int n, double last) {
    assertThat(new SolverTimesteps(1000, 20).spread(50, n)[n - 1]).isEqualTo(last);
  }

  @ParameterizedTest
  @CsvSource({
    "0.5, 2, 499 259",
    "0.5, 4, 499 379 259 139",
    "0.99, 8, 979 859 739 619 499 379 259 139"
  })
  void strengthTakesFewerOfItsTimes(double strength, int n, String times) {
    int count = (int) (50 * strength);
    assertThat(new SolverTimesteps(1000, 20).spread(count, n)).containsExactly(numbers(times));
  }

  @ParameterizedTest
  @CsvSource({"4, 999 749 499 249", "8, 999 874 749 624 499 374 249 124"})
  void aGridThatSkipsNothingIsSpreadAsKnown(int n, String times) {
    assertThat(new SolverTimesteps(1000, 1).spread(1000, n)).containsExactly(numbers(times));
  }

  @Test
  void theTeachersStepsEndWhereTheOnesBeforeThemBegin() {
    SolverTimesteps grid = new SolverTimesteps(1000, 20);
    assertThat(grid.size()).isEqualTo(50);
    assertThat(grid.start(0)).isEqualTo(19);
    assertThat(grid.end(0)).isZero();
    for (int i = 1; i < 50; i++) {
      assertThat(grid.end(i)).isEqualTo(grid.start(i - 1));
    }
  }

  @Test
  void moreStepsThanTheGridHasAreRefused() {
    assertThatThrownBy(() -> new SolverTimesteps(1000, 20).spread(50, 51))
        .hasMessage(
            "steps must be in [1, 50] on the grid of the distillation but was 51; for more, list"
                + " the time steps");
  }

  @ParameterizedTest
  @CsvSource({
    "LEADING, 5, 801 601 401 201 1",
    "TRAILING, 4, 999 749 499 249",
    "TRAILING, 7, 999 856 713 570 428 285 142",
    "LINSPACE, 4, 999 666 333 0",
    "LINSPACE, 1, 0"
  })
  void spacingsGiveTheKnownTimes(Spacing spacing, int n, String times) {
    assertThat(spacing.times(1000, n, 1)).containsExactly(numbers(times));
  }

  @Test
  void anOffsetThatLeadsBeyondTheLastTimeIsRefused() {
    assertThat(Spacing.LEADING.times(1000, 500, 1)[0]).isEqualTo(999);
    assertThatThrownBy(() -> Spacing.LEADING.times(1000, 1000, 1))
        .hasMessage(
            "leading spacing with steps_offset 1 starts at time 1000, beyond the model's last, 999;"
                + " use fewer steps or trailing spacing");
  }

  @ParameterizedTest
  @EnumSource
  void spacingsDescendWithinTheSchedule(Spacing spacing) {
    for (int n = 1; n < 1000; n += 7) {
      double[] times = spacing.times(1000, n, 0);
      assertThat(times).hasSize(n);
      assertThat(times[0]).isLessThanOrEqualTo(999);
      assertThat(times[n - 1]).isGreaterThanOrEqualTo(0);
      for (int i = 1; i < n; i++) {
        assertThat(times[i]).isLessThan(times[i - 1]);
      }
    }
  }

  @Test
  void karrasRatiosFallLinearlyInTheirSeventhRoot() {
    double[] taus = SigmaSchedule.KARRAS.taus(14, 0.03, 5);
    assertThat(taus[0]).isEqualTo(14, within(1e-12));
    assertThat(taus[4]).isEqualTo(0.03, within(1e-12));
    double middle = (Math.pow(14, 1 / 7.0) + Math.pow(0.03, 1 / 7.0)) / 2;
    assertThat(taus[2]).isEqualTo(Math.pow(middle, 7), within(1e-12));
  }

  @Test
  void theTimeOfARatioIsExactOnTheTableAndBetweenTheNeighboursElsewhere() {
    Random random = new Random(4);
    for (int t = 0; t < 1000; t += 37) {
      assertThat(SigmaSchedule.time(schedule, schedule.tau(t))).isEqualTo(t, within(1e-9));
    }
    for (int i = 0; i < 100; i++) {
      double t = random.nextDouble() * 999;
      assertThat(SigmaSchedule.time(schedule, schedule.tau(t)))
          .isBetween(Math.floor(t), Math.ceil(t));
    }
    assertThat(SigmaSchedule.time(schedule, 1000)).isEqualTo(999);
    assertThat(SigmaSchedule.time(schedule, 1e-6)).isZero();
  }

  @Test
  void aGridCarriesTheSchedulesNodesAndTheTerminalOne() {
    Grid grid = Grid.of(schedule, new double[] {999, 500.5, 20}, Grid.CLEAN);
    assertThat(grid.steps()).isEqualTo(3);
    assertThat(grid.node(1))
        .isEqualTo(new Node(500.5, schedule.alpha(500.5), schedule.sigma(500.5)));
    assertThat(grid.terminal()).isEqualTo(Grid.CLEAN);
    assertThat(grid.terminal().lambda()).isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void aGridThatRisesIsRefused() {
    assertThatThrownBy(() -> Grid.of(schedule, new double[] {20, 999}, Grid.CLEAN))
        .hasMessageStartingWith("a grid must descend in time and noise but ");
    assertThatThrownBy(() -> new Grid(schedule, List.of(Grid.CLEAN)))
        .hasMessage("a grid needs at least one step, that is two nodes, but got 1");
  }

  @Test
  void strengthKeepsTheEndOfAGrid() {
    Grid grid = Grid.of(schedule, new double[] {999, 749, 499, 249}, schedule.at(0));
    assertThat(grid.withStrength(0.6).nodes()).isEqualTo(grid.nodes().subList(2, 5));
    assertThat(grid.withStrength(1)).isEqualTo(grid);
    assertThatThrownBy(() -> grid.withStrength(0.1))
        .hasMessage(
            "strength must be in [0.25, 1] with 4 steps but was 0.1; use a greater strength or"
                + " more steps");
  }

  @Test
  void aListOfTimesIsCheckedAsItIsRead() {
    assertThat(Grid.custom(schedule, List.of(100, 87, 50, 1, 0)))
        .containsExactly(100, 87, 50, 1, 0);
    assertThatThrownBy(() -> Grid.custom(schedule, List.of(100, 87, 50, 51, 0)))
        .hasMessage("timesteps must descend but 51 follows 50");
    assertThatThrownBy(() -> Grid.custom(schedule, List.of(1000, 50)))
        .hasMessage("timesteps must be in [0, 999] but there was 1000");
    assertThatThrownBy(() -> Grid.custom(schedule, List.<Double>of()))
        .hasMessage("timesteps must name at least one time but were empty");
  }

  private static double[] numbers(String spaced) {
    return Arrays.stream(spaced.trim().split(" ")).mapToDouble(Double::parseDouble).toArray();
  }
}
