package io.github.tcd4j.diffusion.sampler.registry;

import static io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor.distilled;
import static io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor.solver;

import io.github.tcd4j.diffusion.sampler.consistency.ConsistencySampler;
import io.github.tcd4j.diffusion.sampler.consistency.CtmSampler;
import io.github.tcd4j.diffusion.sampler.consistency.LcmSampler;
import io.github.tcd4j.diffusion.sampler.consistency.TcdMultistepSampler;
import io.github.tcd4j.diffusion.sampler.consistency.TcdSampler;
import io.github.tcd4j.diffusion.sampler.dpmsolver.AlgorithmType;
import io.github.tcd4j.diffusion.sampler.dpmsolver.DpmSolverMultistep;
import io.github.tcd4j.diffusion.sampler.dpmsolver.DpmSolverSinglestep;
import io.github.tcd4j.diffusion.sampler.solver.DdimSampler;
import io.github.tcd4j.diffusion.sampler.solver.EulerAncestralSampler;
import io.github.tcd4j.diffusion.sampler.solver.EulerSampler;
import io.github.tcd4j.diffusion.sampler.solver.HeunSampler;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The samplers by name, as the command line, the server and the documents list them. A new sampler
 * is one file, one test and one line here.
 */
public final class Samplers {
  private static final SamplerDescriptor EULER =
      solver("euler", "Euler", "Euler in sigma, order 1", EulerSampler::plan);
  private static final SamplerDescriptor HEUN =
      solver("heun", "Heun", "order 2, two evaluations a step", HeunSampler::plan);
  private static final SamplerDescriptor DPM_2M =
      solver(
          "dpm++2m",
          "DPM++ 2M",
          "DPM-Solver++ multistep, order 2",
          DpmSolverMultistep.planner(AlgorithmType.DATA, null));
  private static final SamplerDescriptor DPM_2S =
      solver(
          "dpm++2s",
          "DPM++ 2S",
          "DPM-Solver++ singlestep, order 2",
          DpmSolverSinglestep.planner(AlgorithmType.DATA));
  private static final SamplerDescriptor SDE_DPM_2M =
      solver(
          "sde-dpm++2m",
          "DPM++ 2M SDE",
          "stochastic DPM-Solver++, order 2",
          DpmSolverMultistep.planner(AlgorithmType.STOCHASTIC_DATA, null));

  private static final List<SamplerDescriptor> ALL =
      List.of(
          distilled("tcd", "TCD", "strategic stochastic", "tcd", TcdSampler::plan, "gamma"),
          distilled(
              "tcd-2s", "TCD 2S", "order 2, two evaluations", "tcd", TcdSampler::plan2S, "gamma"),
          distilled(
              "tcd-2m",
              "TCD 2M",
              "order 2, looking back",
              "tcd",
              TcdMultistepSampler::plan,
              "gamma"),
          distilled("ctm", "CTM", "gamma in sigma", "tcd", CtmSampler::plan, "gamma"),
          distilled("lcm", "LCM", "latent consistency", "lcm", LcmSampler::plan),
          distilled(
              "consistency",
              "Consistency",
              "multistep consistency, algorithm 3",
              "lcm",
              ConsistencySampler::plan),
          distilled(
              "cm",
              "CM",
              "the same down to index 0",
              "lcm",
              ConsistencySampler::planToTheFirstIndex),
          solver("ddim", "DDIM", "implicit diffusion, order 1", DdimSampler::plan, "eta"),
          EULER,
          EULER.onKarrasSigmas(),
          solver("euler-ancestral", "Euler a", "with fresh noise", EulerAncestralSampler::plan),
          HEUN,
          HEUN.onKarrasSigmas(),
          solver(
              "dpm1",
              "DPM-Solver 1",
              "of the noise, order 1",
              DpmSolverMultistep.planner(AlgorithmType.NOISE, 1)),
          solver(
              "dpm2m",
              "DPM-Solver 2M",
              "of the noise, multistep, order 2",
              DpmSolverMultistep.planner(AlgorithmType.NOISE, null)),
          solver(
              "dpm2s",
              "DPM-Solver 2S",
              "of the noise, singlestep, order 2",
              DpmSolverSinglestep.planner(AlgorithmType.NOISE)),
          DPM_2M,
          DPM_2M.onKarrasSigmas(),
          DPM_2S,
          DPM_2S.onKarrasSigmas(),
          solver(
              "sde-dpm++1",
              "DPM++ 1 SDE",
              "stochastic DPM-Solver++, order 1",
              DpmSolverMultistep.planner(AlgorithmType.STOCHASTIC_DATA, 1)),
          SDE_DPM_2M,
          SDE_DPM_2M.onKarrasSigmas());

  private Samplers() {}

  /** All samplers, in the order in which to show them. */
  public static List<SamplerDescriptor> all() {
    return ALL;
  }

  /** The sampler of a name; an unknown one is an error that lists the known ones. */
  public static SamplerDescriptor named(String name) {
    return ALL.stream()
        .filter(e -> e.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidRequestException(
                    "sampler must be one of "
                        + ALL.stream()
                            .map(SamplerDescriptor::name)
                            .collect(Collectors.joining(", "))
                        + " but was "
                        + name));
  }
}
