package io.github.tcd4j.benchmarks;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Microseconds of a sampler's step, everything but the network and the drawing of noise: both are
 * tensors that are there already. {@code sampler_overhead.py} runs it beside diffusers' schedulers.
 */
@State(org.openjdk.jmh.annotations.Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SamplerOverhead {
  private static final int STEPS = 20;

  @Param({
    "tcd",
    "lcm",
    "ddim",
    "euler",
    "dpm++2m",
    "dpm++2s",
    "euler-ancestral",
    "heun",
    "sde-dpm++2m"
  })
  String sampler = "tcd";

  @Param({"64", "128"})
  int size = 64;

  private @Nullable Run run;

  /** What stays the same from run to run. */
  private record Run(
      Scope scope, SamplingPlan plan, Tensor start, Denoiser network, NoiseSource noise) {
    static Run of(String sampler, int size) {
      Scope scope = Scope.inference();
      RandomSource random = new RandomSource(0);
      Tensor start = random.normal(1, 4, size, size);
      Tensor output = random.normal(1, 4, size, size);
      Tensor z = random.normal(1, 4, size, size);
      SchedulerConfig config =
          SchedulerConfig.DEFAULTS
              .with("beta_schedule", "scaled_linear")
              .with("beta_start", 0.00085)
              .with("beta_end", 0.012)
              .with("clip_sample", false);
      return new Run(
          scope,
          Samplers.named(sampler).plan(config, SamplerSettings.ofSteps(STEPS)),
          start,
          (x, t, s) -> new Prediction(Prediction.Kind.EPSILON, output),
          shape -> z);
    }

    void go() {
      plan.sample(network, start, noise, StepHook.NONE).close();
    }
  }

  @Setup
  public void open() {
    Engine.threads(1);
    run = Run.of(sampler, size);
  }

  @TearDown
  public void close() {
    Objects.requireNonNull(run).scope().close();
  }

  @Benchmark
  @OperationsPerInvocation(STEPS)
  public void step() {
    Objects.requireNonNull(run).go();
  }
}
