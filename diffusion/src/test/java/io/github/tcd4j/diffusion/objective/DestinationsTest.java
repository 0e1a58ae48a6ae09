package io.github.tcd4j.diffusion.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.SolverTimesteps;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DestinationsTest {
  private static final GuidedStep STEP = GuidedStep.unguided(20, new Tcf1(), new Distance.L2());
  private static final SolverTimesteps GRID = new SolverTimesteps(1000, 20);

  static Stream<Arguments> fromNineteenOnward() {
    return Stream.of(
        // What can be drawn for step i: 9 leads from 199 to 179, 24 from 499 to 479.
        arguments(new Destinations.Skipped(), 4, "0 19 39 59 79"),
        arguments(new Destinations.Clean(), 40, "0"),
        arguments(new Destinations.Next(), 0, "0"),
        arguments(new Destinations.Next(), 13, "259"),
        // Step 13 leads to 259, which is a target itself.
        arguments(new InferenceGrids(4, 4), 12, "0"),
        arguments(new InferenceGrids(4, 4), 13, "0 259"),
        arguments(new InferenceGrids(4, 4), 24, "0 259"),
        arguments(new InferenceGrids(4, 4), 49, "0 259 499 759"),
        arguments(new InferenceGrids(2, 4), 49, "0 259 339 499 679 759"),
        arguments(new Pcm(STEP, 4), 0, "0"),
        arguments(new Pcm(STEP, 4), 12, "0"),
        arguments(new Pcm(STEP, 4), 13, "259"),
        arguments(new Pcm(STEP, 4), 49, "759"),
        arguments(new Pcm(STEP, 1), 49, "0"),
        arguments(new Tdd(STEP, new Tcf1(), new InferenceGrids(4, 4), 0, 0), 30, "499"),
        arguments(new Tdd(STEP, new Tcf1(), new InferenceGrids(4, 4), 240, 0), 30, "259 499"),
        arguments(new Tdd(STEP, new Tcf1(), new InferenceGrids(4, 4), 239, 0), 30, "499"));
  }

  @ParameterizedTest
  @MethodSource("fromNineteenOnward")
  void theseAndNoOthersAreDrawn(Destinations rule, int i, String wanted) {
    double[] expected = Arrays.stream(wanted.split(" ")).mapToDouble(Double::parseDouble).toArray();
    assertThat(drawn(rule, i))
        .containsExactly(Arrays.stream(expected).boxed().toArray(Double[]::new));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 24, 0, 479",
    "8, 24, 379, 479",
    "8, 25, 499, 499",
    "8, 26, 499, 519",
    "4, 49, 759, 979"
  })
  void segmentsReachDownToTheEdgeBelowTheTeachersPoint(int segments, int i, int least, int most) {
    TreeSet<Double> drawn = drawn(new Tscd(STEP, segments), i);
    assertThat(drawn).hasSize(most - least + 1);
    assertThat(drawn.first()).isEqualTo(least);
    assertThat(drawn.last()).isEqualTo(most);
  }

  /** Where the samplers themselves land, whichever the teacher's step: all nodes but the first. */
  @ParameterizedTest
  @CsvSource({"1, tcd", "4, tcd", "20, tcd", "40, lcm", "100, tcd", "250, lcm"})
  void destinationsAreTheNodesOfTheSamplersWhateverTheTeachersStep(int skip, String sampler) {
    SolverTimesteps grid = new SolverTimesteps(1000, skip);
    for (int n : new int[] {1, 2, 3, 4, 5, 8}) {
      List<Double> nodes =
          Samplers.named(sampler)
              .plan(SchedulerConfig.DEFAULTS, SamplerSettings.ofSteps(n))
              .grid()
              .nodes()
              .stream()
              .skip(1)
              .map(Node::time)
              .sorted()
              .toList();
      assertThat(Arrays.stream(new InferenceGrids(n, n).times(1000)).boxed())
          .containsExactlyElementsOf(nodes);
      assertThat(Arrays.stream(Pcm.edges(grid, n)).boxed()).containsExactlyElementsOf(nodes);
      int last = grid.size() - 1;
      double nearest = nodes.stream().filter(s -> s <= grid.end(last)).reduce(0.0, Math::max);
      assertThat(drawn(grid, new InferenceGrids(n, n), last).last()).isEqualTo(nearest);
      assertThat(drawn(grid, new Pcm(STEP, n), last)).containsExactly(nearest);
      assertThat(new Tscd(STEP, n).of(grid, last, 0)).isEqualTo(nearest);
    }
  }

  @Test
  void everyTimeDownToZeroIsDrawnAlike() {
    TreeSet<Double> drawn = drawn(new Destinations.EveryTime(), 3);
    assertThat(drawn).hasSize(60).allMatch(s -> s == Math.rint(s));
    assertThat(drawn.last()).isEqualTo(59);
    assertThat(drawn(new Tscd(STEP, 1), 3)).isEqualTo(drawn);
  }

  @Test
  void aTargetIsLoweredByUpToTheGivenShare() {
    Tdd tdd = new Tdd(STEP, new Tcf1(), new InferenceGrids(4, 4), 0, 0.3);
    assertThat(tdd.of(GRID, 30, 0, 0)).isEqualTo(499);
    assertThat(tdd.of(GRID, 30, 0, 0.5)).isEqualTo(424);
    assertThat(tdd.of(GRID, 30, 0, Math.nextDown(1.0))).isEqualTo(349);
  }

  @Test
  void noDestinationLiesBehindTheTeachersPoint() {
    Destinations[] all = {
      new Destinations.Skipped(),
      new Destinations.EveryTime(),
      new Destinations.Clean(),
      new Destinations.Next(),
      new InferenceGrids(1, 8),
      new Pcm(STEP, 8),
      new Tscd(STEP, 7),
      new Tdd(STEP)
    };
    try (Scope scope = Scope.inference()) {
      RandomSource random = new RandomSource(1);
      Tensor i = random.integers(50, 300);
      for (Destinations rule : all) {
        double[] s = rule.draw(GRID, i, random).toDoubleArray();
        for (int b = 0; b < s.length; b++) {
          assertThat(s[b]).isBetween(0.0, GRID.end(i.item(b)));
        }
      }
    }
  }

  @Test
  void rowsLoseTheirConditionAsOftenAsAsked() {
    try (Scope scope = Scope.inference()) {
      assertThat(dropped(0.2, 5000)).isBetween(900.0, 1100.0);
      assertThat(dropped(0, 50)).isZero();
      assertThat(dropped(1, 50)).isEqualTo(50);
    }
  }

  private static double dropped(double share, int rows) {
    return new ConditionDropout(share).draw(rows, new RandomSource(1)).to(DType.F32).sum().item();
  }

  @Test
  void settingsOutsideTheirRangeAreRefused() {
    assertThatThrownBy(() -> new Pcm(STEP, 0))
        .hasMessage("phases must be in [1, 50], the times of few-step sampling, but was 0");
    assertThatThrownBy(() -> new Pcm(STEP, 51))
        .hasMessage("phases must be in [1, 50], the times of few-step sampling, but was 51");
    assertThatThrownBy(() -> new Tscd(STEP, 0))
        .hasMessage("segments must be in [1, 50], the times of few-step sampling, but was 0");
    assertThatThrownBy(() -> new Pcm(STEP, 4).of(new SolverTimesteps(40, 2), 0))
        .hasMessageEndingWith("so the schedule must have at least as many but has 40");
    assertThatThrownBy(() -> new InferenceGrids(8, 4))
        .hasMessage("inference steps must satisfy 1 <= least <= most <= 50 but were 8 to 4");
    assertThatThrownBy(() -> new Tdd(STEP, new Tcf1(), new InferenceGrids(4, 8), 260, 1.5))
        .hasMessage("tdd needs reach >= 0 and shrink in [0, 1] but they were 260.0 and 1.5");
    assertThatThrownBy(() -> new ConditionDropout(2))
        .hasMessage("condition dropout must be in [0, 1] but was 2.0");
  }

  /** All that comes out for numbers spread evenly over [0, 1). */
  private static TreeSet<Double> drawn(Destinations rule, int i) {
    return drawn(GRID, rule, i);
  }

  private static TreeSet<Double> drawn(SolverTimesteps grid, Destinations rule, int i) {
    TreeSet<Double> drawn = new TreeSet<>();
    for (int n = 0; n < 1000; n++) {
      double[] u = new double[rule.draws()];
      Arrays.fill(u, (n + 0.5) / 1000);
      drawn.add(rule.of(grid, i, u));
    }
    return drawn;
  }
}
