package io.github.tcd4j.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.GaussianMixture;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SamplingLoopTest {
  private static final SchedulerConfig CONFIG =
      SchedulerConfig.DEFAULTS
          .with("beta_schedule", "scaled_linear")
          .with("beta_start", 0.00085)
          .with("beta_end", 0.012)
          .with("clip_sample", false)
          .with("timestep_spacing", "trailing");

  private final Denoiser exact =
      GaussianMixture.latents(36).denoiser(VpSchedule.stableDiffusion(), Kind.EPSILON);

  static List<SamplerDescriptor> everySampler() {
    return Samplers.all();
  }

  @ParameterizedTest
  @MethodSource("everySampler")
  void theHookSeesEveryStepInOrder(SamplerDescriptor entry) {
    SamplingPlan plan = entry.plan(CONFIG, SamplerSettings.ofSteps(5));
    List<Node> seen = new ArrayList<>();
    try (Scope scope = Scope.inference()) {
      NoiseSource noise = NoiseSource.seeded(3, 2);
      plan.sample(
          exact,
          noise.draw(2, 4, 3, 3),
          noise,
          (node, next, x, x0) -> {
            assertThat(plan.grid().nodes().indexOf(node)).isEqualTo(seen.size());
            assertThat(plan.grid().node(seen.size() + 1)).isEqualTo(next);
            assertThat(x0.get().shape()).containsExactly(2, 4, 3, 3);
            seen.add(node);
            return x;
          });
    }
    assertThat(seen).hasSize(5);
  }

  @ParameterizedTest
  @MethodSource("everySampler")
  void whatTheHookReturnsIsGoneOnWith(SamplerDescriptor entry) {
    SamplingPlan plan = entry.plan(CONFIG, SamplerSettings.ofSteps(3));
    try (Scope scope = Scope.inference()) {
      Tensor mine = Tensor.full(0.25, DType.F32, 2, 4, 3, 3);
      List<Double> shown = new ArrayList<>();
      int[] step = {0};
      Denoiser watched =
          (x, t, s) -> {
            if (shown.size() == step[0]) {
              shown.add(x.mean().item());
            }
            return exact.at(x, t, s);
          };
      NoiseSource noise = NoiseSource.seeded(3, 2);
      Tensor last =
          plan.sample(
              watched,
              noise.draw(2, 4, 3, 3),
              noise,
              (node, next, x, x0) -> {
                step[0]++;
                return mine;
              });
      assertThat(shown.subList(1, 3)).containsOnly(0.25);
      assertThat(last.sameAs(mine)).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("everySampler")
  void imagesDoNotDependOnTheirNeighboursInTheBatch(SamplerDescriptor entry) {
    SamplingPlan plan = entry.plan(CONFIG, SamplerSettings.ofSteps(4));
    try (Scope scope = Scope.inference()) {
      NoiseSource both = NoiseSource.seeded(20, 2);
      NoiseSource second = NoiseSource.seeded(21, 1);
      Tensor two = plan.sample(exact, both.draw(2, 4, 3, 3), both, StepHook.NONE);
      Tensor one = plan.sample(exact, second.draw(1, 4, 3, 3), second, StepHook.NONE);
      assertThat(two.narrow(0, 1, 1).minus(one).abs().max().item()).isLessThan(1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("everySampler")
  void dataOfOnePointIsFoundByEverySampler(SamplerDescriptor entry) {
    SamplingPlan plan = entry.plan(CONFIG, SamplerSettings.ofSteps(4));
    try (Scope scope = Scope.inference()) {
      Tensor point = new RandomSource(8).normal(1, 4, 3, 3);
      Denoiser knows = (x, t, s) -> new Prediction(Kind.X0, point.expand(x.shape()));
      NoiseSource noise = NoiseSource.seeded(1, 2);
      Tensor found = plan.sample(knows, noise.draw(2, 4, 3, 3), noise, StepHook.NONE);
      double residue = 5 * plan.grid().terminal().sigma() + 1e-3;
      assertThat(found.minus(point).abs().max().item()).isLessThan(residue);
    }
  }

  @ParameterizedTest
  @MethodSource("everySampler")
  void noNativeObjectOutlivesAWalkButItsResult(SamplerDescriptor entry) {
    SamplingPlan plan = entry.plan(CONFIG, SamplerSettings.ofSteps(4));
    try (Scope scope = Scope.inference()) {
      NoiseSource noise = NoiseSource.seeded(1, 2);
      Tensor start = noise.draw(2, 4, 3, 3);
      plan.sample(exact, start, noise, StepHook.NONE).close();
      long before = Engine.settledObjects();
      for (int i = 0; i < 20; i++) {
        plan.sample(exact, start, noise, StepHook.NONE).close();
      }
      assertThat(Engine.liveObjects()).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @MethodSource("everySampler")
  void theNetworkIsAskedAsOftenAsWasSaid(SamplerDescriptor entry) {
    SamplingPlan plan = entry.plan(CONFIG, SamplerSettings.ofSteps(5));
    try (Scope scope = Scope.inference()) {
      int[] asked = {0};
      Denoiser counted =
          (x, t, s) -> {
            asked[0]++;
            return exact.at(x, t, s);
          };
      NoiseSource noise = NoiseSource.seeded(3, 2);
      plan.sample(counted, noise.draw(2, 4, 3, 3), noise, StepHook.NONE);
      assertThat(plan.sampler().evaluations(plan.grid())).isEqualTo(asked[0]);
    }
  }

  @Test
  void aSamplerRemembersNothing() {
    SamplingPlan plan = Samplers.named("dpm++2m").plan(CONFIG, SamplerSettings.ofSteps(6));
    try (Scope scope = Scope.inference()) {
      Tensor start = new RandomSource(4).normal(2, 4, 3, 3);
      Tensor first = plan.sample(exact, start, NoiseSource.none(), StepHook.NONE);
      Tensor again = plan.sample(exact, start, NoiseSource.none(), StepHook.NONE);
      assertThat(again.sameAs(first)).isTrue();
    }
  }

  @Test
  void latentsThatAreNotFiniteStopTheWalkWithTheLikelyCause() {
    SamplingPlan plan = Samplers.named("tcd").plan(CONFIG, SamplerSettings.ofSteps(4).withGamma(0));
    try (Scope scope = Scope.inference()) {
      Denoiser broken = (x, t, s) -> new Prediction(Kind.EPSILON, x.div(0));
      Tensor start = new RandomSource(4).normal(2, 4, 3, 3);
      assertThatThrownBy(() -> plan.sample(broken, start, NoiseSource.none(), StepHook.NONE))
          .isInstanceOf(Tcd4jException.class)
          .hasMessage(
              "the latents are not finite after 4 steps: the network overflowed, or its weights"
                  + " are not finite; check the model and its LoRAs, and compute in float32");
    }
  }

  @Test
  void aHookCanCancelByThrowing() {
    SamplingPlan plan = Samplers.named("euler").plan(CONFIG, SamplerSettings.ofSteps(4));
    try (Scope scope = Scope.inference()) {
      Tensor start = new RandomSource(4).normal(2, 4, 3, 3);
      StepHook cancel =
          (node, next, x, x0) -> {
            throw new IllegalStateException("enough");
          };
      assertThatThrownBy(() -> plan.sample(exact, start, NoiseSource.none(), cancel))
          .hasMessage("enough");
    }
  }

  @Test
  void noiseForTheWrongNumberOfImagesIsRefused() {
    try (Scope scope = Scope.inference()) {
      assertThatThrownBy(() -> NoiseSource.seeded(1, 2).draw(3, 4, 3, 3))
          .hasMessage(
              "noise for 3 images was requested of 2 random sources; give one for each image");
    }
  }

  @Test
  void everyImageDrawsFromItsOwnSeed() {
    try (Scope scope = Scope.inference()) {
      NoiseSource two = NoiseSource.seeded(30, 2);
      NoiseSource one = NoiseSource.seeded(31, 1);
      for (int draw = 0; draw < 3; draw++) {
        Tensor both = two.draw(2, 4, 3, 3);
        assertThat(both.narrow(0, 1, 1).sameAs(one.draw(1, 4, 3, 3))).isTrue();
      }
    }
  }
}
