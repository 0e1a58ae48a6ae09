package io.github.tcd4j.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.BoundaryScaling;
import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.GaussianMixture;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.Tcf2;
import io.github.tcd4j.diffusion.sampler.consistency.ConsistencySampler;
import io.github.tcd4j.diffusion.sampler.consistency.CtmSampler;
import io.github.tcd4j.diffusion.sampler.consistency.LcmSampler;
import io.github.tcd4j.diffusion.sampler.consistency.TcdSampler;
import io.github.tcd4j.diffusion.sampler.dpmsolver.AlgorithmType;
import io.github.tcd4j.diffusion.sampler.dpmsolver.DpmSolverMultistep;
import io.github.tcd4j.diffusion.sampler.dpmsolver.DpmSolverPlusPlusStep;
import io.github.tcd4j.diffusion.sampler.dpmsolver.DpmSolverSinglestep;
import io.github.tcd4j.diffusion.sampler.solver.DdimSampler;
import io.github.tcd4j.diffusion.sampler.solver.EulerAncestralSampler;
import io.github.tcd4j.diffusion.sampler.solver.EulerSampler;
import io.github.tcd4j.diffusion.sampler.solver.HeunSampler;
import io.github.tcd4j.diffusion.schedule.BetaSchedule;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.SolverTimesteps;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class EquivalenceTest {
  private final Scope scope = Scope.inference();
  private final VpSchedule schedule = VpSchedule.stableDiffusion();
  private final double[] times = new SolverTimesteps(1000, 20).spread(50, 6);
  private final Grid toIndexZero = Grid.of(schedule, times, schedule.at(0));
  private final Grid toClean = Grid.of(schedule, times, Grid.CLEAN);
  private final Tensor start = new RandomSource(2).normal(2, 4, 3, 3);

  @AfterEach
  void free() {
    scope.close();
  }

  @ParameterizedTest
  @EnumSource
  void tcdWithoutGammaIsDdim(Kind kind) {
    Tensor tcd = denoise(new TcdSampler(0), toIndexZero, kind);
    Tensor ddim = denoise(new DdimSampler(0), toIndexZero, kind);
    assertSame(tcd, ddim);
  }

  @ParameterizedTest
  @EnumSource
  void eulerInTauIsDdim(Kind kind) {
    assertSame(
        denoise(new EulerSampler(false), toClean, kind),
        denoise(new DdimSampler(0), toClean, kind));
  }

  @ParameterizedTest
  @EnumSource
  void ancestralEulerAndTheStochasticSolverOfOrderOneAreAncestralDdim(Kind kind) {
    Tensor ddim = denoise(new DdimSampler(1), toClean, kind);
    assertSame(denoise(new EulerAncestralSampler(false), toClean, kind), ddim);
    assertSame(denoise(sde(1), toClean, kind), ddim);
  }

  @ParameterizedTest
  @EnumSource
  void dpmPlusPlusOfTwoNodesIsDdim(Kind kind) {
    Grid one = new Grid(schedule, List.of(schedule.at(999), schedule.at(300)));
    Sampler dpm = multistep(AlgorithmType.DATA, 2, SolverType.MIDPOINT, true);
    assertSame(denoise(dpm, one, kind), denoise(new DdimSampler(0), one, kind));
  }

  @ParameterizedTest
  @EnumSource
  void theSolverOfNoiseOfOrderOneIsDdim(Kind kind) {
    Tensor ddim = denoise(new DdimSampler(0), toIndexZero, kind);
    Sampler multistep = multistep(AlgorithmType.NOISE, 1, SolverType.MIDPOINT, false);
    assertSame(denoise(multistep, toIndexZero, kind), ddim);
    Sampler singlestep =
        new DpmSolverSinglestep(
            AlgorithmType.NOISE, 1, SolverType.MIDPOINT, false, 0, new Thresholding.None());
    assertSame(denoise(singlestep, toIndexZero, kind), ddim);
  }

  /** Lu et al. 2022a, algorithm 1: a pair of steps is TCF(2) of the noise. */
  @ParameterizedTest
  @EnumSource
  void aPairOfStepsOfTheSolverOfNoiseIsTcf2OfNoise(Kind kind) {
    Node t = schedule.at(759);
    Node s = schedule.at(499);
    double middle = Math.rint(schedule.timeOf((t.lambda() + s.lambda()) / 2));
    Grid pair = new Grid(schedule, List.of(t, schedule.at(middle), s));
    Sampler singlestep =
        new DpmSolverSinglestep(
            AlgorithmType.NOISE, 2, SolverType.MIDPOINT, false, 0, new Thresholding.None());
    Tensor jump = new Tcf2(Tcf2.Form.NOISE, true).jump(exact(kind), start, t, s, schedule);
    assertSame(denoise(singlestep, pair, kind), jump);
  }

  /** With gamma 1 and s' = 0 without noise, algorithm 4 is algorithm 3. */
  @ParameterizedTest
  @EnumSource
  void gammaOneDownToNoNoiseIsMultistepConsistencySampling(Kind kind) {
    BoundaryScaling none = new BoundaryScaling(1e-9, 10);
    Tensor gamma = denoise(new CtmSampler(new Gamma.Constant(1), 0, new Tcf1()), toClean, kind);
    assertSame(gamma, denoise(new LcmSampler(none, new Thresholding.None()), toClean, kind));
    assertSame(gamma, fullNoiseDdim(kind));
    assertSame(gamma, denoise(new ConsistencySampler(0, new Thresholding.None()), toClean, kind));
  }

  /** Eq. 31: x_s = alpha_s x0 + sqrt(sigma_s^2 - std^2) eps + std z with std = sigma_s. */
  private Tensor fullNoiseDdim(Kind kind) {
    NoiseSource noise = NoiseSource.seeded(5, 2);
    Tensor x = start;
    for (int i = 0; i < toClean.steps(); i++) {
      Node s = toClean.node(i + 1);
      Tensor x0 = exact(kind).at(x, times(toClean.node(i)), times(s)).x0(x, toClean.node(i));
      x = x0.times(s.alpha());
      x = s.sigma() > 0 ? x.plus(noise.draw(2, 4, 3, 3).times(s.sigma())) : x;
    }
    return x;
  }

  /** The function of CTM stands at tauMin, that of CM too; but the first keeps its share of y_t. */
  @Test
  void gammaOneOfCtmIsTheSamplingOfConsistencyModelsUpToItsShareOfTheInput() {
    double tauMin = schedule.tau(0);
    Tensor ctm =
        denoise(new CtmSampler(new Gamma.Constant(1), tauMin, new Tcf1()), toIndexZero, Kind.X0);
    Tensor cm =
        denoise(new ConsistencySampler(tauMin, new Thresholding.None()), toIndexZero, Kind.X0);
    assertThat(ctm.minus(cm).abs().max().item()).isBetween(1e-5, 6 * schedule.sigma(0));
  }

  @Test
  void tcdOfGammaOneIsMultistepConsistencySamplingUpToTheResidueOfIndexZero() {
    BoundaryScaling none = new BoundaryScaling(1e-9, 10);
    Tensor tcd = denoise(new TcdSampler(1), toIndexZero, Kind.X0);
    Tensor lcm = denoise(new LcmSampler(none, new Thresholding.None()), toClean, Kind.X0);
    assertThat(tcd.minus(lcm).abs().max().item()).isLessThan(6 * schedule.sigma(0));
  }

  @Test
  void aStepOfTcdIsGeneralisedDdimWithAnEtaOfItsOwn() {
    Node t = schedule.at(759);
    Node s = schedule.at(499);
    Node between = schedule.at(349);
    Grid grid = new Grid(schedule, List.of(t, s, schedule.at(0)));
    Tensor z = new RandomSource(6).normal(2, 4, 3, 3);
    Prediction p = exact(Kind.EPSILON).at(start, times(t), times(between));
    double kept = s.alpha() / between.alpha();
    double eta = Math.sqrt(1 - kept * kept);
    double rest = Math.sqrt(s.sigma() * s.sigma() - eta * eta);
    Tensor byHand =
        p.x0(start, t).times(s.alpha()).plus(p.epsilon(start, t).times(rest)).plus(z.times(eta));
    float[][] afterOne = new float[1][];
    new TcdSampler(0.3)
        .denoise(
            exact(Kind.EPSILON),
            start,
            grid,
            shape -> z,
            (node, next, x, x0) -> {
              if (next.equals(s)) {
                afterOne[0] = x.toFloatArray();
              }
              return x;
            });
    assertSame(Tensor.of(afterOne[0], 2, 4, 3, 3), byHand);
  }

  /** Standard deviation of a TCD step, as a share of that of ancestral sampling. */
  @ParameterizedTest
  @CsvSource({
    "999, 759, 0.2, 0.873", "999, 759, 0.3, 0.948", "999, 759, 0.5, 1.011", "999, 759, 1, 1.045",
    "759, 499, 0.2, 0.750", "759, 499, 0.3, 0.856", "759, 499, 0.5, 0.976", "759, 499, 1, 1.080",
    "499, 259, 0.2, 0.643", "499, 259, 0.3, 0.761", "499, 259, 0.5, 0.919", "499, 259, 1, 1.116"
  })
  void gammaHasTheKnownEquivalentEta(double t, double s, double gamma, double eta) {
    double kept = schedule.alpha(s) / schedule.alpha(TcdSampler.destination(gamma, s));
    double std = Math.sqrt(1 - kept * kept);
    double ancestral = new DdimSampler(1).deviation(schedule.at(t), schedule.at(s));
    assertThat(std / ancestral).isEqualTo(eta, within(1e-3));
  }

  @Test
  void ancestralDdimIsTheStochasticSolverOfOrderOne() {
    Node t = schedule.at(759);
    Node s = schedule.at(499);
    double std = new DdimSampler(1).deviation(t, s);
    double rest = Math.sqrt(s.sigma() * s.sigma() - std * std);
    double h = s.lambda() - t.lambda();
    assertThat(rest / t.sigma()).isEqualTo(0.33048369, within(1e-6));
    assertThat(rest / t.sigma()).isEqualTo(s.sigma() / t.sigma() * Math.exp(-h), within(1e-12));
    assertThat(s.alpha() - t.alpha() * rest / t.sigma()).isEqualTo(0.45142749, within(1e-6));
    assertThat(std).isEqualTo(0.78664717, within(1e-6));
  }

  /** Its s' satisfies alpha_s'^2 = alpha_s^2 / (1 - sigma_s^2 (1 - e^-2h)). */
  @Test
  void theStochasticSolverOfOrderOneIsAStepOfTcdWithAGammaOfItsOwn() {
    Node t = schedule.at(759);
    Node s = schedule.at(499);
    DpmSolverPlusPlusStep step = new DpmSolverPlusPlusStep(t, s, true);
    assertThat(step.kept()).isEqualTo(0.33048369, within(1e-6));
    assertThat(step.gain()).isEqualTo(0.45142749, within(1e-6));
    assertThat(step.deviation()).isEqualTo(0.78664717, within(1e-6));
    double alpha = s.alpha() / Math.sqrt(1 - Math.pow(step.deviation(), 2));
    double between = schedule.timeOf(Math.log(alpha / Math.sqrt(1 - alpha * alpha)));
    assertThat(between).isEqualTo(216.13, within(0.01));
    assertThat(1 - between / 499).isEqualTo(0.567, within(1e-3));
    Grid grid = new Grid(schedule, List.of(t, s));
    Tensor z = new RandomSource(6).normal(2, 4, 3, 3);
    Tensor tcd = new Tcf1().jump(exact(Kind.X0), start, t, schedule.at(between), schedule);
    Tensor diffused =
        tcd.times(s.alpha() / alpha).plus(z.times(Math.sqrt(1 - Math.pow(s.alpha() / alpha, 2))));
    assertSame(sde(1).denoise(exact(Kind.X0), start, grid, shape -> z, StepHook.NONE), diffused);
  }

  @ParameterizedTest
  @CsvSource({"1, 0.03", "2, 0.02"})
  void theStochasticSolverKeepsTheMarginalOfAGaussian(int order, double tolerance) {
    Grid grid = evenInLambda(40);
    int n = 20_000;
    RandomSource random = new RandomSource(8);
    Node first = grid.node(0);
    Tensor x0 = random.normal(n, 1, 1, 1).times(0.5).plus(0.8);
    Tensor x =
        sde(order)
            .denoise(
                GaussianMixture.single(0.8, 0.5).denoiser(schedule, Kind.X0),
                first.point(x0, random.normal(n, 1, 1, 1)),
                grid,
                NoiseSource.shared(random),
                StepHook.NONE);
    Node s = grid.terminal();
    double deviation = Math.hypot(s.alpha() * 0.5, s.sigma());
    double mean = x.mean().item();
    assertThat(mean).isEqualTo(s.alpha() * 0.8, within(tolerance));
    assertThat(x.minus(mean).square().mean().sqrt().item()).isEqualTo(deviation, within(tolerance));
  }

  @ParameterizedTest
  @CsvSource({
    "420, 400, 0.14771",
    "980, 960, 0.32460",
    "487, 486, 0.00979",
    "999, 998, 0.02",
    "0, 0, 0"
  })
  void ancestralVarianceIsTheKnownOne(double t, double s, double variance) {
    VpSchedule linear = VpSchedule.of(BetaSchedule.LINEAR, 0.0001, 0.02, 1000);
    double std = new DdimSampler(1).deviation(linear.at(t), linear.at(s));
    assertThat(std * std).isEqualTo(variance, within(1e-5));
  }

  @Test
  void errorsFallWithTheOrderOfTheSolver() {
    Sampler midpoint = multistep(AlgorithmType.DATA, 2, SolverType.MIDPOINT, false);
    Sampler heun = multistep(AlgorithmType.DATA, 2, SolverType.HEUN, false);
    Tensor truth = denoise(midpoint, evenInLambda(640), Kind.X0);
    assertThat(order(new DdimSampler(0), truth)).isEqualTo(1, within(0.2));
    assertThat(order(midpoint, truth)).isEqualTo(2, within(0.4));
    assertThat(order(heun, truth)).isEqualTo(2, within(0.4));
    for (SolverType correction : SolverType.values()) {
      for (AlgorithmType form : List.of(AlgorithmType.DATA, AlgorithmType.NOISE)) {
        Sampler pairs =
            new DpmSolverSinglestep(form, 2, correction, false, 0, new Thresholding.None());
        assertThat(order(pairs, truth)).isEqualTo(2, within(0.4));
      }
      Sampler ofNoise = multistep(AlgorithmType.NOISE, 2, correction, false);
      assertThat(order(ofNoise, truth)).isEqualTo(2, within(0.4));
    }
    HeunSampler inTau = new HeunSampler(false, new Thresholding.None());
    assertThat(order(inTau, truth)).isEqualTo(2, within(0.4));
  }

  private static Sampler sde(int order) {
    return multistep(AlgorithmType.STOCHASTIC_DATA, order, SolverType.MIDPOINT, false);
  }

  private static Sampler multistep(
      AlgorithmType form, int order, SolverType correction, boolean firstOrderAtEnd) {
    return new DpmSolverMultistep(
        form, order, correction, firstOrderAtEnd, new Thresholding.None());
  }

  /** The power of the step by which the error falls from 20 to 40 steps. */
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

  private static Tensor times(Node node) {
    return Tensor.of(new float[] {(float) node.time(), (float) node.time()});
  }

  private Tensor denoise(Sampler sampler, Grid grid, Kind kind) {
    return sampler.denoise(exact(kind), start, grid, NoiseSource.seeded(5, 2), StepHook.NONE);
  }

  private static void assertSame(Tensor a, Tensor b) {
    assertThat(a.toDoubleArray()).containsExactly(b.toDoubleArray(), within(2e-4));
  }
}
