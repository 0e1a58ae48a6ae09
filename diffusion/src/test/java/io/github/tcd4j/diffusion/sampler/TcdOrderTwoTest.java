package io.github.tcd4j.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.GaussianMixture;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.Tcf2;
import io.github.tcd4j.diffusion.sampler.consistency.TcdMultistepSampler;
import io.github.tcd4j.diffusion.sampler.consistency.TcdSampler;
import io.github.tcd4j.diffusion.sampler.dpmsolver.AlgorithmType;
import io.github.tcd4j.diffusion.sampler.dpmsolver.DpmSolverMultistep;
import io.github.tcd4j.diffusion.sampler.dpmsolver.DpmSolverSinglestep;
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
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TcdOrderTwoTest {
  private final Scope scope = Scope.inference();
  private final VpSchedule schedule = VpSchedule.stableDiffusion();
  private final Grid grid =
      Grid.of(schedule, new SolverTimesteps(1000, 20).spread(50, 5), schedule.at(0));
  private final Tensor start = new RandomSource(2).normal(2, 4, 3, 3);

  @AfterEach
  void free() {
    scope.close();
  }

  @ParameterizedTest
  @EnumSource
  void withoutGammaTwoEvaluationsAStepAreDpmPlusPlus2S(Kind kind) {
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < grid.steps(); i++) {
      nodes.add(grid.node(i));
      double mid = (grid.node(i).lambda() + grid.node(i + 1).lambda()) / 2;
      nodes.add(schedule.at(Math.rint(schedule.timeOf(mid))));
    }
    nodes.add(grid.terminal());
    Sampler solver =
        new DpmSolverSinglestep(
            AlgorithmType.DATA, 2, SolverType.MIDPOINT, false, 0, new Thresholding.None());
    assertSame(
        denoise(new TcdSampler(0, new Tcf2()), grid, kind),
        denoise(solver, new Grid(schedule, nodes), kind));
  }

  @ParameterizedTest
  @EnumSource
  void withoutGammaLookingBackIsDpmPlusPlus2M(Kind kind) {
    for (boolean straight : new boolean[] {true, false}) {
      assertSame(
          denoise(new TcdMultistepSampler(new Gamma.Constant(0), straight), grid, kind),
          denoise(
              new DpmSolverMultistep(
                  AlgorithmType.DATA, 2, SolverType.MIDPOINT, straight, new Thresholding.None()),
              grid,
              kind));
    }
  }

  @Test
  void aStepThatLooksBackIsTheKnownFormulaDownToWhereGammaLands() {
    Node a = schedule.at(999);
    Node t = schedule.at(759);
    Node s = schedule.at(499);
    Node between = schedule.at(349);
    Grid three = new Grid(schedule, List.of(a, t, s, schedule.at(0)));
    List<float[]> xs = new ArrayList<>();
    List<float[]> x0s = new ArrayList<>();
    Tensor z = new RandomSource(6).normal(2, 4, 3, 3);
    new TcdMultistepSampler(new Gamma.Constant(0.3), true)
        .denoise(
            exact(Kind.X0),
            start,
            three,
            shape -> z.copy(),
            (node, next, latents, clean) -> {
              xs.add(latents.toFloatArray());
              x0s.add(clean.get().toFloatArray());
              return latents;
            });
    Tensor x = Tensor.of(xs.get(0), 2, 4, 3, 3);
    Tensor x0 = Tensor.of(x0s.get(1), 2, 4, 3, 3);
    Tensor before = Tensor.of(x0s.get(0), 2, 4, 3, 3);
    double h = between.lambda() - t.lambda();
    double r = (t.lambda() - a.lambda()) / h;
    double gain = -between.alpha() * Math.expm1(-h);
    Tensor slope = x0.minus(before).div(r);
    Tensor down = x.times(between.sigma() / t.sigma()).plus(x0.plus(slope.times(0.5)).times(gain));
    double kept = s.alpha() / between.alpha();
    assertSame(
        Tensor.of(xs.get(1), 2, 4, 3, 3),
        down.times(kept).plus(z.times(Math.sqrt(1 - kept * kept))));
  }

  @Test
  void bothAreOfOrderTwo() {
    Tensor truth = denoise(new TcdSampler(0, new Tcf2()), evenInLambda(320), Kind.X0);
    Tcf2 fractional = new Tcf2(Tcf2.Form.DATA, false);
    assertThat(order(new TcdSampler(0), truth)).isEqualTo(1, within(0.2));
    assertThat(order(new TcdSampler(0, fractional), truth)).isEqualTo(2, within(0.3));
    assertThat(order(new TcdSampler(0, new Tcf2()), truth)).isEqualTo(2, within(0.3));
    assertThat(order(new TcdMultistepSampler(new Gamma.Constant(0), false), truth))
        .isEqualTo(2, within(0.4));
  }

  @Test
  void theirCostIsTwoEvaluationsAStepAndOne() {
    assertThat(plan("tcd-2s", 4).sampler().evaluations(grid)).isEqualTo(10);
    assertThat(plan("tcd-2m", 4).sampler().evaluations(grid)).isEqualTo(5);
    assertThat(plan("tcd", 4).sampler().evaluations(grid)).isEqualTo(5);
  }

  @Test
  void whereNoStepLooksBackTheUserIsTold() {
    String note = "with so few steps none of them is of order 2: each is a step of tcd";
    assertThat(plan("tcd-2m", 1).notes()).containsExactly(note);
    assertThat(plan("tcd-2m", 2).notes()).containsExactly(note);
    assertThat(plan("tcd-2m", 3).notes()).isEmpty();
    assertSame(
        denoise(plan("tcd-2m", 2).sampler(), plan("tcd", 2).grid(), Kind.V),
        denoise(plan("tcd", 2).sampler(), plan("tcd", 2).grid(), Kind.V));
  }

  private static SamplingPlan plan(String name, int steps) {
    return Samplers.named(name).plan(SchedulerConfig.DEFAULTS, SamplerSettings.ofSteps(steps));
  }

  private double order(Sampler sampler, Tensor truth) {
    double coarse = denoise(sampler, evenInLambda(20), Kind.X0).minus(truth).abs().mean().item();
    double fine = denoise(sampler, evenInLambda(40), Kind.X0).minus(truth).abs().mean().item();
    return Math.log(coarse / fine) / Math.log(2);
  }

  private Grid evenInLambda(int steps) {
    double a = schedule.lambda(900);
    double b = schedule.lambda(100);
    return new Grid(
        schedule,
        IntStream.rangeClosed(0, steps)
            .mapToObj(i -> schedule.at(schedule.timeOf(a + i * (b - a) / steps)))
            .toList());
  }

  private Denoiser exact(Kind kind) {
    return GaussianMixture.latents(36).denoiser(schedule, kind);
  }

  private Tensor denoise(Sampler sampler, Grid along, Kind kind) {
    return sampler.denoise(exact(kind), start, along, NoiseSource.seeded(5, 2), StepHook.NONE);
  }

  private static void assertSame(Tensor a, Tensor b) {
    assertThat(a.toDoubleArray()).containsExactly(b.toDoubleArray(), within(2e-4));
  }
}
