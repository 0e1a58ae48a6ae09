package io.github.tcd4j.diffusion.sampler.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.sampler.Thresholding;
import io.github.tcd4j.diffusion.sampler.solver.DdimSampler;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplersTest {
  private static final SchedulerConfig SHIPPED =
      SchedulerConfig.of(
          Map.of(
              "_class_name",
              "PNDMScheduler",
              "beta_schedule",
              "scaled_linear",
              "beta_start",
              0.00085,
              "beta_end",
              0.012,
              "steps_offset",
              1,
              "set_alpha_to_one",
              false,
              "clip_sample",
              false,
              "skip_prk_steps",
              true));

  @Test
  void aFractionWhereAWholeNumberBelongsIsRefusedAndNotRounded() {
    SchedulerConfig half = SchedulerConfig.DEFAULTS.with("original_inference_steps", 49.5);
    assertThatThrownBy(() -> Samplers.named("tcd").plan(half, SamplerSettings.ofSteps(4)))
        .hasMessageContaining("original_inference_steps must be a whole number but was 49.5");
    SchedulerConfig whole = SchedulerConfig.DEFAULTS.with("original_inference_steps", 50.0);
    assertThat(Samplers.named("tcd").plan(whole, SamplerSettings.ofSteps(4)).grid().steps())
        .isEqualTo(4);
  }

  @Test
  void theNamesAreThoseOfTheCommandLine() {
    assertThat(Samplers.all().stream().map(SamplerDescriptor::name))
        .containsExactly(
            "tcd",
            "tcd-2s",
            "tcd-2m",
            "ctm",
            "lcm",
            "consistency",
            "cm",
            "ddim",
            "euler",
            "euler-karras",
            "euler-ancestral",
            "heun",
            "heun-karras",
            "dpm1",
            "dpm2m",
            "dpm2s",
            "dpm++2m",
            "dpm++2m-karras",
            "dpm++2s",
            "dpm++2s-karras",
            "sde-dpm++1",
            "sde-dpm++2m",
            "sde-dpm++2m-karras");
  }

  @Test
  void everySamplerPlansWithItsOwnNumberOfSteps() {
    for (SamplerDescriptor entry : Samplers.all()) {
      SamplingPlan plan = entry.plan(SHIPPED, SamplerSettings.NONE);
      assertThat(plan.grid().steps()).isEqualTo(entry.defaultSteps());
      assertThat(plan.notes()).isEmpty();
    }
  }

  @Test
  void everySamplerMakesAllOnTheDeviceOfTheLatents() {
    for (SamplerDescriptor entry : Samplers.all()) {
      try (Scope scope = Scope.inference()) {
        NoiseSource noise = NoiseSource.seeded(0, 2);
        Tensor start = noise.draw(2, 4, 4, 6).to(Device.META);
        Denoiser half =
            (x, t, s) -> {
              assertThat(List.of(x.device(), t.device(), s.device())).containsOnly(Device.META);
              // A Mac's GPU knows no float64.
              assertThat(List.of(x.dtype(), t.dtype(), s.dtype())).containsOnly(DType.F32);
              return new Prediction(Prediction.Kind.EPSILON, x.times(0.5));
            };
        Tensor end =
            entry
                .plan(SHIPPED, SamplerSettings.NONE.withSteps(4))
                .sample(half, start, noise, StepHook.NONE);

        assertThat(end.device()).as(entry.name()).isEqualTo(Device.META);
        assertThat(end.dtype()).as(entry.name()).isEqualTo(DType.F32);
        assertThat(end.shape()).containsExactly(2, 4, 4, 6);
      }
    }
  }

  @Test
  void anAbsentKeyFallsToTheDefaultOfTheClassThatReads() {
    VpSchedule pixel = (VpSchedule) plan("ddim", SchedulerConfig.DEFAULTS, 10).grid().schedule();
    VpSchedule latent = (VpSchedule) plan("lcm", SchedulerConfig.DEFAULTS, 10).grid().schedule();
    assertThat(pixel.abar(0)).isEqualTo(1 - 0.0001, within(1e-7));
    assertThat(latent.abar(0)).isEqualTo(1 - 0.00085, within(1e-7));
    assertThat(((DdimSampler) plan("ddim", SchedulerConfig.DEFAULTS, 10).sampler()).limit())
        .isEqualTo(new Thresholding.Clip(1));
    assertThat(((DdimSampler) plan("ddim", SHIPPED, 10).sampler()).limit())
        .isEqualTo(new Thresholding.None());
    assertThat(times(plan("ddim", SHIPPED, 5))).containsExactly(801, 601, 401, 201, 1);
    assertThat(times(plan("euler", SHIPPED, 4))).containsExactly(999, 666, 333, 0);
  }

  @Test
  void keysThatNobodyChoseCountAsAbsent() {
    Map<String, Object> json = new HashMap<>(Map.of("timestep_spacing", "leading"));
    json.put("sigma_min", null);
    json.put("_use_default_values", List.of("timestep_spacing"));
    SchedulerConfig config = SchedulerConfig.of(json);
    assertThat(config.entries()).isEmpty();
    assertThat(times(plan("euler", config, 2))).containsExactly(999, 0);
  }

  @Test
  void anEntryCanBeOverridden() {
    SchedulerConfig config =
        SHIPPED.with("timestep_spacing", "trailing").with("prediction_type", "v_prediction");
    assertThat(times(plan("dpm++2m", config, 4))).containsExactly(999, 749, 499, 249);
    assertThat(config.prediction()).isEqualTo(Prediction.Kind.V);
    assertThat(SHIPPED.prediction()).isEqualTo(Prediction.Kind.EPSILON);
  }

  @Test
  void terminalNodesAreThoseOfTheConfiguration() {
    assertThat(plan("ddim", SHIPPED, 4).grid().terminal().time()).isZero();
    assertThat(plan("ddim", SHIPPED, 4).grid().terminal().sigma()).isGreaterThan(0.02);
    assertThat(plan("ddim", SHIPPED.with("set_alpha_to_one", true), 4).grid().terminal())
        .isEqualTo(Grid.CLEAN);
    assertThat(plan("euler", SHIPPED, 4).grid().terminal()).isEqualTo(Grid.CLEAN);
    SchedulerConfig noisy = SHIPPED.with("final_sigmas_type", "sigma_min");
    assertThat(plan("dpm++2m", noisy, 4).grid().terminal().sigma()).isGreaterThan(0.02);
    assertThat(plan("lcm", SHIPPED, 4).grid().terminal()).isEqualTo(Grid.CLEAN);
  }

  @Test
  void eulerStartsFromNoiseOfItsFirstSigmaUnlessSpacingIsLeading() {
    SamplingPlan linspace = plan("euler", SHIPPED, 4);
    assertThat(linspace.sampler().initialScale(linspace.grid()))
        .isEqualTo(linspace.grid().node(0).sigma());
    SamplingPlan leading = plan("euler", SHIPPED.with("timestep_spacing", "leading"), 4);
    assertThat(leading.sampler().initialScale(leading.grid())).isEqualTo(1);
  }

  @Test
  void customTimestepsOffTheUsualStartAreRemarkedOn() {
    SamplingPlan plan =
        Samplers.named("tcd").plan(SHIPPED, SamplerSettings.ofTimesteps(List.of(800.0, 300.0)));
    assertThat(times(plan)).containsExactly(800, 300);
    assertThat(plan.notes())
        .containsExactly(
            "timesteps start at 800.0, not at 999: the start noise is treated as less noisy than it"
                + " is");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tcd|51|steps must be in [1, 50] on the grid of the distillation but was 51; for more,"
            + " list the time steps",
        "euler|1001|steps must be in [1, 1000] but was 1001",
        "ddim|0|steps must be at least 1 but was 0"
      })
  void aNumberOfStepsThatCannotBeIsRefused(String sampler, int steps, String message) {
    refused(() -> plan(sampler, SHIPPED, steps), message);
  }

  @Test
  void aKnobThatASamplerDoesNotHaveIsRefused() {
    refused(
        () -> Samplers.named("ddim").plan(SHIPPED, SamplerSettings.NONE.withGamma(0.3)),
        "gamma does nothing with the sampler ddim; leave it out, or choose one of [tcd, tcd-2s, tcd-2m, ctm]");
    refused(
        () -> Samplers.named("tcd").plan(SHIPPED, SamplerSettings.NONE.withEta(0.3)),
        "eta does nothing with the sampler tcd; leave it out, or choose one of [ddim]");
    refused(
        () -> Samplers.named("tcd").plan(SHIPPED, SamplerSettings.NONE.withGamma(7.5)),
        "gamma must be in [0, 1] but was 7.5; classifier-free guidance is another setting");
    refused(
        () -> Samplers.named("ddim").plan(SHIPPED, SamplerSettings.NONE.withEta(2.0)),
        "eta must be in [0, 1] but was 2.0");
  }

  @Test
  void anUnknownNameIsAnsweredWithTheKnownOnes() {
    refused(
        () -> Samplers.named("plms"),
        "sampler must be one of tcd, tcd-2s, tcd-2m, ctm, lcm, consistency, cm, ddim, euler,"
            + " euler-karras, euler-ancestral, heun, heun-karras, dpm1, dpm2m, dpm2s, dpm++2m,"
            + " dpm++2m-karras, dpm++2s, dpm++2s-karras, sde-dpm++1, sde-dpm++2m,"
            + " sde-dpm++2m-karras but was plms");
  }

  @Test
  void stepsAndTimestepsExcludeEachOther() {
    refused(
        () -> SamplerSettings.ofTimesteps(List.of(999.0)).withSteps(4),
        "steps and timesteps exclude each other: the list says how many steps there are");
  }

  @Test
  void noSignalAndAnEpsilonNetworkDoNotGoTogether() {
    refused(
        () -> plan("ddim", SHIPPED.with("rescale_betas_zero_snr", true), 4),
        "rescale_betas_zero_snr must be false where prediction_type is epsilon: with no signal"
            + " left, predicted noise carries no information; use a v_prediction model");
  }

  @Test
  void aSamplerThatTakesTheBetasAsTheyAreSaysSo() {
    SchedulerConfig zero =
        SHIPPED.with("rescale_betas_zero_snr", true).with("prediction_type", "v_prediction");
    for (String name : List.of("heun", "dpm++2s")) {
      assertThat(plan(name, zero, 4).notes())
          .containsExactly(
              "this sampler does not heed rescale_betas_zero_snr: noise levels are not quite those"
                  + " of the model; ddim, euler and dpm++2m heed it");
      assertThat(plan(name, SHIPPED, 4).notes()).isEmpty();
    }
  }

  @Test
  void aConfigurationThatAsksForAnotherSolverIsToldSo() {
    for (String name : List.of("dpm++2m", "dpm++2s", "sde-dpm++2m", "dpm2m", "dpm2s")) {
      assertThat(plan(name, SHIPPED.with("solver_order", 3), 4).notes())
          .containsExactly(
              "the model's configuration asks for solver_order 3 but the sampler that was chosen"
                  + " is of order 2");
      refused(
          () -> plan(name, SHIPPED.with("solver_order", 4), 4),
          "solver_order must be 1 or 2 but was 4");
    }
    assertThat(plan("dpm++2m", SHIPPED.with("algorithm_type", "dpmsolver"), 4).notes())
        .containsExactly(
            "the model's configuration asks for algorithm_type dpmsolver but the sampler that was"
                + " chosen is dpmsolver++");
  }

  @Test
  void everyNameHasATitleThatTellsItFromTheOthers() {
    assertThat(Samplers.all().stream().map(SamplerDescriptor::label)).doesNotHaveDuplicates();
    assertThat(Samplers.named("dpm++2m-karras").label()).isEqualTo("DPM++ 2M Karras");
    assertThat(Samplers.named("dpm++2m-karras").title()).isEqualTo("DPM++ 2M");
    assertThat(Samplers.named("tcd-2m").distilledAs()).isEqualTo("tcd");
    assertThat(Samplers.named("ddim").distilledAs()).isNull();
  }

  @Test
  void withAStrengthTheGridBeginsInTheMiddle() {
    SamplerSettings four = SamplerSettings.ofSteps(4);
    assertThat(times(Samplers.named("tcd").plan(SHIPPED, four.withStrength(0.5))))
        .containsExactly(499, 259);
    assertThat(times(Samplers.named("lcm").plan(SHIPPED, four.withSteps(2).withStrength(0.5))))
        .containsExactly(499);
    assertThat(times(Samplers.named("tcd").plan(SHIPPED, four.withSteps(8).withStrength(0.99))))
        .containsExactly(879, 759, 639, 499, 379, 259, 139);
    SchedulerConfig trailing = SHIPPED.with("timestep_spacing", "trailing");
    assertThat(times(Samplers.named("ddim").plan(trailing, four.withStrength(0.5))))
        .containsExactly(499, 249);
    SamplerSettings listed = SamplerSettings.ofTimesteps(List.of(999.0, 500.0, 100.0, 20.0));
    assertThat(times(Samplers.named("tcd").plan(SHIPPED, listed.withStrength(0.5))))
        .containsExactly(100, 20);
  }

  private static final Set<String> FROM_50_TIMES =
      Set.of("lcm", "tcd", "tcd-2s", "tcd-2m", "ctm", "cm", "consistency");

  /** 0.29 * 100 is 28.999... in double precision, and so are diffusers' 28 steps. */
  @ParameterizedTest
  @CsvSource({"100, 0.29, 28", "100, 0.57, 56", "10, 0.7, 7", "25, 0.28, 7", "10, 0.99, 9"})
  void theStepsOfAStrengthAreCountedInDoublePrecisionForEverySampler(
      int steps, double strength, int run) {
    SamplerSettings settings = SamplerSettings.ofSteps(steps).withStrength(strength);
    for (SamplerDescriptor sampler : Samplers.all()) {
      // These choose from 50 times of their training, no more.
      boolean few = FROM_50_TIMES.contains(sampler.name());
      if (!few || steps <= 50) {
        assertThat(sampler.plan(SHIPPED, settings).grid().steps())
            .as(sampler.name())
            .isEqualTo(run);
      }
    }
  }

  @Test
  void ofAGammaForEachStepTheLastAreThoseOfTheStepsThatRun() {
    SamplerSettings falling =
        SamplerSettings.ofSteps(4).withGamma(Gamma.of(List.of(0.9, 0.6, 0.3, 0.1)));
    for (String name : List.of("tcd", "tcd-2m", "ctm")) {
      Sampler end = Samplers.named(name).plan(SHIPPED, falling.withStrength(0.5)).sampler();
      Sampler alone =
          Samplers.named(name)
              .plan(SHIPPED, SamplerSettings.ofSteps(2).withGamma(Gamma.of(List.of(0.3, 0.1))))
              .sampler();
      assertThat(end).isEqualTo(alone);
    }
  }

  @Test
  void aStrengthThatLeavesTooFewTimesIsRefused() {
    refused(
        () -> Samplers.named("tcd").plan(SHIPPED, SamplerSettings.ofSteps(4).withStrength(0.05)),
        "strength must be in [0.25, 1] with 4 steps but was 0.05; use a greater strength or more"
            + " steps");
    refused(
        () -> Samplers.named("ddim").plan(SHIPPED, SamplerSettings.ofSteps(4).withStrength(0.1)),
        "strength must be in [0.25, 1] with 4 steps but was 0.1; use a greater strength or more"
            + " steps");
    refused(() -> SamplerSettings.NONE.withStrength(1.5), "strength must be in (0, 1] but was 1.5");
  }

  @Test
  void aWalkOfStrengthStartsFromTheDiffusedPicture() {
    SamplingPlan plan =
        Samplers.named("tcd").plan(SHIPPED, SamplerSettings.ofSteps(2).withStrength(0.5));
    try (Scope scope = Scope.inference()) {
      Tensor clean = Tensor.full(2, DType.F32, 1, 4, 2, 2);
      Tensor noise = Tensor.full(-1, DType.F32, 1, 4, 2, 2);
      Node first = plan.grid().node(0);
      assertThat(plan.start(clean, noise).mean().item())
          .isEqualTo(2 * first.alpha() - first.sigma(), within(1e-6));
    }
  }

  @Test
  void whatASamplerCannotDoItRefuses() {
    refused(
        () -> plan("euler", SHIPPED.with("use_beta_sigmas", true), 4),
        "scheduler configuration: use_beta_sigmas must be false for this sampler but was true");
    refused(
        () -> plan("euler", SHIPPED.with("interpolation_type", "log_linear"), 4),
        "scheduler configuration: interpolation_type must be linear for this sampler but was"
            + " log_linear");
    refused(
        () -> plan("ddim", SHIPPED.with("clip_sample", "no"), 4),
        "scheduler configuration: clip_sample must be true or false but was no");
    refused(
        () -> plan("ddim", SHIPPED.with("timestep_spacing", "even"), 4),
        "timestep_spacing must be one of [linspace, leading, trailing] but was even");
    refused(
        () -> plan("euler", SHIPPED.with("final_sigmas_type", "one"), 4),
        "final_sigmas_type must be one of [zero, sigma_min] but was one");
  }

  private static void refused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(InvalidRequestException.class).hasMessage(message);
  }

  private static SamplingPlan plan(String name, SchedulerConfig config, int steps) {
    return Samplers.named(name).plan(config, SamplerSettings.ofSteps(steps));
  }

  private static double[] times(SamplingPlan plan) {
    return plan.grid().nodes().stream()
        .limit(plan.grid().steps())
        .mapToDouble(Node::time)
        .toArray();
  }

  @ParameterizedTest
  @CsvSource({
    "dpm++2m, 1, ddim", "dpm++2m, 2, ddim", "dpm++2s, 1, ddim", "dpm++2s, 2, ddim",
    "dpm2m, 1, dpm1", "dpm2s, 1, dpm1", "sde-dpm++2m, 1, sde-dpm++1", "heun, 1, euler"
  })
  void aSamplerOfOrderTwoSaysWhereNoStepIsOfThatOrder(String name, int steps, String first) {
    String note = "with so few steps none of them is of order 2: each is a step of " + first;
    assertThat(planned(name, steps).notes()).contains(note);
    assertThat(planned(name, 4).notes()).noneMatch(n -> n.startsWith("with so few steps"));
  }

  private static SamplingPlan planned(String name, int steps) {
    return Samplers.named(name).plan(SchedulerConfig.DEFAULTS, SamplerSettings.ofSteps(steps));
  }
}
