package io.github.tcd4j.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Dummy;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.sampler.consistency.ConsistencySampler;
import io.github.tcd4j.diffusion.sampler.dpmsolver.AlgorithmType;
import io.github.tcd4j.diffusion.sampler.dpmsolver.DpmSolverMultistep;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.diffusion.schedule.BetaSchedule;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.diffusion.schedule.VeSchedule;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sums of magnitudes over whole samplings that the tests of diffusers hold, and a few more. */
class KnownSumsTest {
  private static final SchedulerConfig LINEAR =
      SchedulerConfig.DEFAULTS.with("beta_start", 0.0001).with("beta_end", 0.02);
  private static final SchedulerConfig DPM =
      LINEAR.with("lower_order_final", false).with("final_sigmas_type", "sigma_min");

  private final Scope scope = Scope.inference();

  @AfterEach
  void free() {
    scope.close();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, EPSILON, 29.8715",
    "0, 4, EPSILON, 152.99965",
    "0, 8, EPSILON, 175.42811",
    "0, 10, EPSILON, 181.2040",
    "0.3, 4, EPSILON, 233.5088",
    "0.3, 8, EPSILON, 254.5981",
    "0.2, 4, EPSILON, 230.9870",
    "1, 4, EPSILON, 201.8362",
    "0, 10, V, 65.1090"
  })
  void tcd(double gamma, int steps, Kind kind, double sum) {
    Tensor x = denoise("tcd", SchedulerConfig.DEFAULTS, kind, tcdSettings(gamma, steps));
    assertThat(Dummy.sumOfMagnitudes(x)).isEqualTo(sum, within(1e-3));
  }

  @Test
  void tcdElementByElement() {
    Tensor x = denoise("tcd", SchedulerConfig.DEFAULTS, Kind.EPSILON, tcdSettings(0.3, 4));
    assertThat(x.contiguous().reshape(-1).narrow(0, 0, 3).toDoubleArray())
        .containsExactly(new double[] {-0.253964, 0.106517, -0.032957}, within(2e-6));
  }

  @ParameterizedTest
  @CsvSource({"1, 18.7097", "10, 197.7616"})
  void lcm(int steps, double sum) {
    Tensor x =
        denoise("lcm", SchedulerConfig.DEFAULTS, Kind.EPSILON, SamplerSettings.ofSteps(steps));
    assertThat(Dummy.sumOfMagnitudes(x)).isEqualTo(sum, within(1e-3));
  }

  @ParameterizedTest
  @CsvSource({
    "EPSILON, true, 0.0001, 172.0067",
    "V, true, 0.0001, 52.5302",
    "EPSILON, true, 0.01, 149.8295",
    "EPSILON, false, 0.01, 149.0784"
  })
  void ddim(Kind kind, boolean alphaToOne, double betaStart, double sum) {
    SchedulerConfig config =
        LINEAR.with("set_alpha_to_one", alphaToOne).with("beta_start", betaStart);
    Tensor x = denoise("ddim", config, kind, SamplerSettings.ofSteps(10));
    assertThat(Dummy.sumOfMagnitudes(x)).isEqualTo(sum, within(1e-2));
  }

  @Test
  void ddimFromTheMiddle() {
    assertThat(Dummy.sumOfMagnitudes(fromTheMiddle("ddim", LINEAR, 2)))
        .isEqualTo(354.5418, within(1e-2));
  }

  @ParameterizedTest
  @CsvSource({
    "EPSILON, '', '', 0.3301",
    "V, '', '', 0.2251",
    "V, use_karras_sigmas, '', 0.20919818",
    "V, use_lu_lambdas, '', 0.1554",
    "EPSILON, thresholding, '', 1.1364",
    "EPSILON, '', heun, 0.38037535"
  })
  void dpmPlusPlus2M(Kind kind, String flag, String solver, double mean) {
    SchedulerConfig config =
        DPM.with("dynamic_thresholding_ratio", 0.87).with("sample_max_value", 0.5);
    config = flag.isEmpty() ? config : config.with(flag, true);
    config = solver.isEmpty() ? config : config.with("solver_type", solver);
    Tensor x = denoise("dpm++2m", config, kind, SamplerSettings.ofSteps(10));
    assertThat(Dummy.sumOfMagnitudes(x) / x.numel()).isEqualTo(mean, within(1e-4));
  }

  @Test
  void dpmPlusPlus2MFromTheMiddle() {
    assertThat(Dummy.sumOfMagnitudes(fromTheMiddle("dpm++2m", DPM, 5)))
        .isEqualTo(318.4111, within(1e-3));
  }

  @ParameterizedTest
  @CsvSource({
    "EPSILON, dpm++2s, 0.2791",
    "EPSILON, dpm++2s-karras, 0.2248",
    "V, dpm++2s, 0.1453",
    "V, dpm++2s-karras, 0.0649"
  })
  void dpmPlusPlus2S(Kind kind, String name, double mean) {
    Tensor x = denoise(name, DPM, kind, SamplerSettings.ofSteps(10));
    assertThat(Dummy.sumOfMagnitudes(x) / x.numel()).isEqualTo(mean, within(1e-3));
  }

  @Test
  void dpmPlusPlus2SFromTheMiddle() {
    assertThat(Dummy.sumOfMagnitudes(fromTheMiddle("dpm++2s", DPM, 5)))
        .isEqualTo(269.2187, within(1e-2));
  }

  @Test
  void dpmPlusPlus2SFromAnUnevenStep() {
    SamplingPlan plan = Samplers.named("dpm++2s").plan(DPM, SamplerSettings.ofSteps(50));
    Tensor x =
        plan.sampler()
            .denoise(
                Dummy.network(Kind.EPSILON),
                Dummy.sample(),
                plan.grid().withStrength(47 / 50.0),
                NoiseSource.none(),
                StepHook.NONE);
    assertThat(Dummy.sumOfMagnitudes(x) / x.numel()).isEqualTo(0.2574, within(1e-3));
  }

  /**
   * The tests of Euler in diffusers hand to the step what was scaled for the network, so that every
   * step shrinks the latents by alpha once more; here a hook does that.
   */
  @ParameterizedTest
  @CsvSource({"EPSILON, false, 10.0807", "V, false, 0.0002", "EPSILON, true, 124.522995"})
  void euler(Kind kind, boolean karras, double sum) {
    SamplingPlan plan = eulerPlan(karras);
    Node first = plan.grid().node(0);
    Tensor start = Dummy.sample().times(first.sigma() * first.alpha());
    Tensor x = shrinking(plan, start, plan.grid(), kind, NoiseSource.none());
    assertThat(Dummy.sumOfMagnitudes(x)).isEqualTo(sum, within(1e-2));
  }

  @Test
  void eulerFromTheMiddle() {
    SamplingPlan plan = eulerPlan(false);
    Grid end = new Grid(plan.grid().schedule(), plan.grid().nodes().subList(8, 11));
    Node first = end.node(0);
    Tensor y =
        Dummy.sample().times(plan.grid().node(0).tau()).plus(Dummy.noise().times(first.tau()));
    Tensor x =
        shrinking(
            plan, y.times(first.alpha() * first.alpha()), end, Kind.EPSILON, NoiseSource.none());
    assertThat(Dummy.sumOfMagnitudes(x)).isEqualTo(57062.9297, within(1e-1));
  }

  @ParameterizedTest
  @CsvSource({"EPSILON, 152.3192", "V, 108.4439"})
  void eulerAncestral(Kind kind, double sum) {
    SamplingPlan plan =
        Samplers.named("euler-ancestral")
            .plan(LINEAR.with("num_train_timesteps", 1100), SamplerSettings.ofSteps(10));
    Node first = plan.grid().node(0);
    Tensor start = Dummy.sample().times(first.sigma() * first.alpha());
    NoiseSource noise = NoiseSource.shared(new RandomSource(0));
    Tensor x = shrinking(plan, start, plan.grid(), kind, noise);
    assertThat(Dummy.sumOfMagnitudes(x)).isEqualTo(sum, within(1e-2));
  }

  /**
   * Ancestral sampling over every time: diffusers' DDPMScheduler, whose posterior mean and variance
   * are those of the stochastic solver of order one.
   */
  @ParameterizedTest
  @CsvSource({"EPSILON, 258.9606", "V, 202.0296"})
  void ddpm(Kind kind, double sum) {
    NoiseSchedule linear = VpSchedule.of(BetaSchedule.LINEAR, 0.0001, 0.02, 1000);
    double[] times = IntStream.range(0, 1000).mapToDouble(i -> 999 - i).toArray();
    Sampler ddpm =
        new DpmSolverMultistep(
            AlgorithmType.STOCHASTIC_DATA, 1, SolverType.MIDPOINT, false, new Thresholding.Clip(1));
    Tensor x =
        ddpm.denoise(
            Dummy.network(kind),
            Dummy.sample(),
            Grid.of(linear, times, Grid.CLEAN),
            NoiseSource.shared(new RandomSource(0)),
            StepHook.NONE);
    assertThat(Dummy.sumOfMagnitudes(x)).isEqualTo(sum, within(1e-2));
  }

  /**
   * The sampling of consistency models in their own coordinates y and tau; the network is the
   * golden one inside their c_skip and c_out, told 250 ln tau.
   */
  @ParameterizedTest
  @CsvSource({"'0', 192.7614", "'0, 106', 347.6357"})
  void consistencyModel(String indices, double sum) {
    VeSchedule edm = new VeSchedule(0.002, 80);
    double[] taus =
        Arrays.stream(indices.split(", "))
            .mapToDouble(i -> karras(Integer.parseInt(i) / 200.0))
            .toArray();
    Denoiser network =
        (y, t, s) -> {
          double tau = t.item(0);
          double time = 250 * Math.log(tau);
          double all = Math.hypot(tau, 0.5);
          double skip = 0.25 / (Math.pow(tau - 0.002, 2) + 0.25);
          double out = (tau - 0.002) * 0.5 / all;
          Tensor answer = y.times(time / (time + 1) / all);
          return new Prediction(Kind.X0, answer.times(out).plus(y.times(skip)));
        };
    Tensor y =
        new ConsistencySampler(0.002, new Thresholding.Clip(1))
            .denoise(
                network,
                Dummy.sample().times(80),
                Grid.of(edm, taus, edm.at(0.002)),
                NoiseSource.shared(new RandomSource(0)),
                StepHook.NONE);
    assertThat(Dummy.sumOfMagnitudes(y)).isEqualTo(sum, within(1e-2));
  }

  private static double karras(double share) {
    double a = Math.pow(80, 1 / 7.0);
    return Math.pow(a + share * (Math.pow(0.002, 1 / 7.0) - a), 7);
  }

  private static SamplingPlan eulerPlan(boolean karras) {
    SchedulerConfig config = LINEAR.with("num_train_timesteps", 1100);
    return Samplers.named(karras ? "euler-karras" : "euler")
        .plan(config, SamplerSettings.ofSteps(10));
  }

  private static Tensor shrinking(
      SamplingPlan plan, Tensor start, Grid grid, Kind kind, NoiseSource noise) {
    Denoiser scaled =
        (x, t, s) -> {
          double time = t.item(0);
          Node node =
              grid.nodes().stream()
                  .filter(n -> (float) n.time() == (float) time)
                  .findFirst()
                  .orElseThrow();
          // The golden network is written for the scaled input z; what the sampler holds is alpha
          // z.
          return new Prediction(kind, Dummy.network(kind).at(x.div(node.alpha()), t, s).output());
        };
    StepHook shrink =
        (node, next, x, x0) -> next.equals(grid.terminal()) ? x : x.times(next.alpha());
    return plan.sampler().denoise(scaled, start, grid, noise, shrink);
  }

  private static SamplerSettings tcdSettings(double gamma, int steps) {
    return SamplerSettings.ofSteps(steps).withGamma(gamma);
  }

  private static Tensor denoise(
      String name, SchedulerConfig config, Kind kind, SamplerSettings settings) {
    SamplingPlan plan = Samplers.named(name).plan(config, settings);
    NoiseSource noise = NoiseSource.shared(new RandomSource(0));
    return plan.sample(Dummy.network(kind), Dummy.sample(), noise, StepHook.NONE);
  }

  private static Tensor fromTheMiddle(String name, SchedulerConfig config, int steps) {
    SamplingPlan plan = Samplers.named(name).plan(config, SamplerSettings.ofSteps(10));
    NoiseSchedule schedule = plan.grid().schedule();
    Grid end = plan.grid().withStrength(steps / 10.0);
    Tensor times = PerSample.same(end.node(0).time(), Dummy.sample());
    Tensor start = schedule.diffuse(Dummy.sample(), Dummy.noise(), times);
    return plan.sampler()
        .denoise(Dummy.network(Kind.EPSILON), start, end, NoiseSource.none(), StepHook.NONE);
  }
}
