package io.github.tcd4j.cli.options;

import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.pipeline.Request;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the latents are sampled. */
public final class SamplingOptions {
  /** The registry's names, for help and completion. */
  public static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Samplers.all().stream().map(SamplerDescriptor::name).iterator();
    }
  }

  @Option(
      names = "--sampler",
      paramLabel = "NAME",
      completionCandidates = Names.class,
      description =
          "One of ${COMPLETION-CANDIDATES}. Default: what the LoRA or model was distilled for,"
              + " else ddim (SDXL: euler).")
  @Nullable String sampler;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Network evaluations. Default: what the LoRA says, else 4 or 25.")
  @Nullable Integer steps;

  @Option(
      names = "--timesteps",
      paramLabel = "LIST",
      split = ",",
      description =
          "The times to visit instead of a number of steps, falling, such as 999,759,499,259.")
  @Nullable List<Double> timesteps;

  @Option(
      names = "--gamma",
      paramLabel = "X|LIST",
      split = ",",
      hideParamSyntax = true,
      description =
          "Share of fresh noise in a TCD step, 0 to 1; or one for each step, such as 0.5,0.3,0.1,0."
              + " Default: 0.3.")
  @Nullable List<Double> gammas;

  @Option(
      names = "--eta",
      paramLabel = "X",
      description = "Share of fresh noise in a DDIM step, 0 to 1. Default: 0.")
  @Nullable Double eta;

  @Option(
      names = "--guidance",
      paramLabel = "X|off",
      converter = GuidanceConverter.class,
      description =
          "Scale of classifier-free guidance; off at 1 and less. Default: off with few-step"
              + " samplers, else 7.5 (SDXL: 5).")
  @Nullable Double guidance;

  @Option(
      names = "--spacing",
      paramLabel = "RULE",
      description = "leading, trailing or linspace instead of the model's own.")
  @Nullable String spacing;

  @Option(
      names = "--prediction",
      paramLabel = "TYPE",
      description = "epsilon, v_prediction or sample instead of the model's own.")
  @Nullable String prediction;

  public Request.Builder apply(Request.Builder request) {
    return request
        .gamma(gammas == null ? null : Gamma.of(gammas))
        .sampler(sampler)
        .steps(steps)
        .timesteps(timesteps)
        .eta(eta)
        .guidance(guidance)
        .spacing(spacing)
        .prediction(prediction);
  }
}
