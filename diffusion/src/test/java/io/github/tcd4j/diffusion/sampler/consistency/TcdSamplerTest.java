package io.github.tcd4j.diffusion.sampler.consistency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.GaussianMixture;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TcdSamplerTest {
  private final Scope scope = Scope.inference();
  private final VpSchedule schedule = VpSchedule.stableDiffusion();
  private final Denoiser exact = GaussianMixture.latents(36).denoiser(schedule, Kind.EPSILON);

  @AfterEach
  void free() {
    scope.close();
  }

  @ParameterizedTest
  @CsvSource({
    "4, 0.3, 531 349 181 0",
    "4, 0.2, 607 399 207 0",
    "4, 1, 0 0 0 0",
    "4, 0, 759 499 259 0",
    "8, 0.3, 615 531 447 349 265 181 97 0",
    "8, 0.2, 703 607 511 399 303 207 111 0",
    "2, 0.3, 349 0"
  })
  void theNetworkIsSentToTheKnownDestinations(int steps, double gamma, String destinations) {
    List<Double> sent = new ArrayList<>();
    Denoiser watched =
        (x, t, s) -> {
          sent.add(s.item(0));
          return exact.at(x, t, s);
        };
    denoise(watched, steps, gamma, NoiseSource.seeded(1, 2));
    assertThat(sent)
        .isEqualTo(Arrays.stream(destinations.split(" ")).map(Double::valueOf).toList());
  }

  @Test
  void destinationsAreFlooredInSinglePrecision() {
    // numpy: floor(float32(1 - gamma) * float32(s)); in float64 all of these are 1 less.
    double[][] golden = {
      {0.3, 90, 63},
      {0.3, 170, 119},
      {0.3, 330, 231},
      {0.3, 730, 511},
      {0.8, 5, 1},
      {0.8, 995, 199},
      {0.9, 10, 1},
      {0.9, 990, 99}
    };
    for (double[] row : golden) {
      assertThat(TcdSampler.destination(row[0], row[1])).as("%s", row).isEqualTo(row[2]);
    }
    // The sums over all times of s = 0 .. 999.
    double[][] sums = {
      {0.1, 449100}, {0.2, 399200}, {0.3, 349200}, {0.4, 299300}, {0.7, 149400}, {0.9, 49500}
    };
    for (double[] row : sums) {
      double sum =
          IntStream.range(0, 1000).mapToDouble(s -> TcdSampler.destination(row[0], s)).sum();
      assertThat(sum).as("gamma %s", row[0]).isEqualTo(row[1]);
    }
  }

  @Test
  void noiseIsNotAddedOnTheLastStep() {
    int[] draws = {0};
    NoiseSource counted =
        shape -> {
          draws[0]++;
          return new RandomSource(5).normal(shape);
        };
    denoise(exact, 4, 0.3, counted);
    assertThat(draws[0]).isEqualTo(3);
  }

  @Test
  void gammaZeroDrawsNothing() {
    assertThat(denoise(exact, 4, 0, NoiseSource.none()).shape()).containsExactly(2, 4, 3, 3);
  }

  @Test
  void oneStepDoesNotDependOnGamma() {
    Tensor plain = denoise(exact, 1, 0, NoiseSource.none());
    assertThat(denoise(exact, 1, 0.3, NoiseSource.none()).sameAs(plain)).isTrue();
    assertThat(denoise(exact, 1, 1, NoiseSource.none()).sameAs(plain)).isTrue();
  }

  @Test
  void theWalkEndsAtIndexZeroWithAResidueOfNoise() {
    Grid grid = plan(4, 0.3).grid();
    assertThat(grid.terminal()).isEqualTo(schedule.at(0));
    assertThat(grid.terminal().sigma()).isEqualTo(0.02915513, within(1e-7));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.2, 0.3, 0.7, 1})
  void aStepWithTheExactFlowKeepsTheMarginalOfAGaussian(double gamma) {
    double mean = 0.8;
    double deviation = 0.5;
    GaussianMixture data = GaussianMixture.single(mean, deviation);
    RandomSource random = new RandomSource(11);
    int n = 40_000;
    Node t = schedule.at(759);
    Node s = schedule.at(499);
    Tensor x0 = random.normal(n, 1, 1, 1).times(deviation).plus(mean);
    Tensor x = t.point(x0, random.normal(n, 1, 1, 1));
    Tensor next = step(new TcdSampler(gamma, gaussianFlow(mean, deviation)), data, x, t, s, random);
    assertThat(mean(next)).isEqualTo(s.alpha() * mean, within(0.02));
    assertThat(variance(next)).isEqualTo(total(s, deviation), within(0.03));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3, 1})
  void aStepWithTheExactFlowKeepsTheMarginalOfAMixture(double gamma) {
    GaussianMixture data = GaussianMixture.LINE;
    RandomSource random = new RandomSource(12);
    int n = 3_000;
    Node t = schedule.at(599);
    Node s = schedule.at(299);
    Tensor x = t.point(draw(data, n, random), random.normal(n, 1, 1, 1));
    Tensor next = step(new TcdSampler(gamma, lineFlow(data)), data, x, t, s, random);
    Tensor direct = s.point(draw(data, 100_000, random), random.normal(100_000, 1, 1, 1));
    assertThat(mean(next)).isEqualTo(mean(direct), within(0.06));
    assertThat(variance(next)).isEqualTo(variance(direct), within(0.08));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 7.5, Double.NaN})
  void aGammaOutsideItsRangeIsRefused(double gamma) {
    assertThatThrownBy(() -> new TcdSampler(gamma))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage(
            "gamma must be in [0, 1] but was "
                + gamma
                + "; classifier-free guidance is another setting");
  }

  private static SamplingPlan plan(int steps, double gamma) {
    return Samplers.named("tcd")
        .plan(SchedulerConfig.DEFAULTS, SamplerSettings.ofSteps(steps).withGamma(gamma));
  }

  private static Tensor denoise(Denoiser d, int steps, double gamma, NoiseSource noise) {
    Tensor start = new RandomSource(9).normal(2, 4, 3, 3);
    return plan(steps, gamma).sample(d, start, noise, StepHook.NONE);
  }

  /** One step that is not the last. */
  private Tensor step(
      TcdSampler sampler, GaussianMixture data, Tensor x, Node t, Node s, RandomSource random) {
    float[][] seen = new float[1][];
    Grid grid = new Grid(schedule, List.of(t, s, schedule.at(0)));
    sampler.denoise(
        data.denoiser(schedule, Kind.X0),
        x,
        grid,
        NoiseSource.shared(random),
        (node, next, latents, x0) -> {
          if (next.equals(s)) {
            seen[0] = latents.toFloatArray();
          }
          return latents;
        });
    return Tensor.of(seen[0]);
  }

  /** The probability-flow trajectories of a Gaussian are straight in units of its deviation. */
  private static TrajectoryFunction gaussianFlow(double mean, double deviation) {
    return new Exact() {
      @Override
      Tensor flow(Tensor x, Node t, Node s) {
        double stretch = Math.sqrt(total(s, deviation) / total(t, deviation));
        return x.minus(t.alpha() * mean).times(stretch).plus(s.alpha() * mean);
      }
    };
  }

  private static TrajectoryFunction lineFlow(GaussianMixture data) {
    return new Exact() {
      @Override
      Tensor flow(Tensor x, Node t, Node s) {
        double[] from = x.toDoubleArray();
        float[] to = new float[from.length];
        double scale = Math.hypot(s.alpha(), s.sigma());
        for (int i = 0; i < to.length; i++) {
          to[i] = (float) (scale * data.flow(from[i], t.lambda(), s.lambda(), 200));
        }
        return Tensor.of(to, x.shape());
      }
    };
  }

  /** A flow that is known, so that the network is asked only for the sake of the hook. */
  private abstract static class Exact implements TrajectoryFunction {
    abstract Tensor flow(Tensor x, Node t, Node s);

    @Override
    public Tensor jump(Denoiser d, Tensor x, Tensor t, Tensor s, NoiseSchedule schedule) {
      throw new UnsupportedOperationException("all rows are at one time here");
    }

    @Override
    public Tensor jump(Denoiser d, Tensor x, Node t, Node s, NoiseSchedule schedule) {
      d.at(x, Tensor.of(new float[] {(float) t.time()}), Tensor.of(new float[] {0}));
      return flow(x, t, s);
    }
  }

  private static Tensor draw(GaussianMixture data, int n, RandomSource random) {
    double[] u = random.uniform(0, 1, n).toDoubleArray();
    double[] z = random.normal(n).toDoubleArray();
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      int k = u[i] < 0.3 ? 0 : u[i] < 0.8 ? 1 : 2;
      x[i] = (float) (data.means()[k][0] + data.deviations()[k] * z[i]);
    }
    return Tensor.of(x, n, 1, 1, 1);
  }

  private static double total(Node node, double deviation) {
    return Math.pow(node.alpha() * deviation, 2) + Math.pow(node.sigma(), 2);
  }

  private static double mean(Tensor x) {
    return x.mean().item();
  }

  private static double variance(Tensor x) {
    return x.minus(x.mean()).square().mean().item();
  }
}
