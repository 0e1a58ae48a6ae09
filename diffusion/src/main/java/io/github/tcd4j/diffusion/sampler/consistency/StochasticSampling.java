package io.github.tcd4j.diffusion.sampler.consistency;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.SamplingLoop;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What all gamma-samplers share (paper, algorithm 4, eq. 34 and 35): from t to the next node s they
 * denoise to an s' between 0 and s, and diffuse from there to s. They differ in where s' lies and
 * in how they get there.
 *
 * <pre>  x_s = (alpha_s / alpha_s') x_s' + sqrt(1 - alpha_s^2 / alpha_s'^2) z</pre>
 */
final class StochasticSampling {
  private StochasticSampling() {}

  /** Where s' lies. */
  @FunctionalInterface
  interface LandingTime {
    Node of(Node s, double gamma);
  }

  /** How to get from the step's node to s', scaled; the result stands there. */
  @FunctionalInterface
  interface Denoising {
    SamplingLoop.StepResult to(SamplingLoop.StepContext context, Node between);
  }

  static Tensor along(
      Grid grid,
      Tensor latents,
      NoiseSource noise,
      StepHook hook,
      Gamma gamma,
      LandingTime landing,
      Denoising denoising) {
    return SamplingLoop.along(
        grid,
        latents,
        hook,
        context -> {
          Node s = context.next();
          double g = gamma.at(context.index(), grid.steps());
          if (g == 0 || context.last()) {
            return denoising.to(context, s);
          }
          Node between = landing.of(s, g);
          double kept = s.alpha() / between.alpha();
          // A denoising is linear in where it ends, so the scale goes into its own weights.
          SamplingLoop.StepResult denoised = denoising.to(context, between.scaled(kept));
          Tensor x = noise.add(denoised.x(), Math.sqrt(1 - kept * kept));
          return new SamplingLoop.StepResult(x, denoised.x0(), denoised.estimate());
        });
  }

  /** Down the trajectory by the function that the network was trained for. */
  static Denoising by(TrajectoryFunction function, Denoiser d, NoiseSchedule schedule) {
    return (context, between) -> {
      RecordingDenoiser recording = new RecordingDenoiser(d, context.node());
      Tensor x = function.jump(recording, context.x(), context.node(), between, schedule);
      return new SamplingLoop.StepResult(x, recording::x0);
    };
  }

  /** Records the first prediction of the network, from which the hook has its x0. */
  private static final class RecordingDenoiser implements Denoiser {
    private final Denoiser network;
    private final Node node;
    private @Nullable Prediction first;
    private @Nullable Tensor input;

    RecordingDenoiser(Denoiser network, Node node) {
      this.network = network;
      this.node = node;
    }

    @Override
    public Prediction at(Tensor x, Tensor t, Tensor s) {
      Prediction p = network.at(x, t, s);
      if (first == null) {
        first = p;
        input = x;
      }
      return p;
    }

    Tensor x0() {
      String unasked = "the trajectory function did not evaluate the network";
      return Objects.requireNonNull(first, unasked).x0(Objects.requireNonNull(input), node);
    }
  }
}
