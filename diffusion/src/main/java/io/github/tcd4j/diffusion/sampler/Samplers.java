package io.github.tcd4j.diffusion.sampler;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The samplers by name, as the command line, the server and the documents list them. A new sampler
 * is one file, one test and one line here.
 */
public final class Samplers {
  private static final String KARRAS = "-karras";

  private static final List<SamplerEntry> ALL =
      List.of(
          new SamplerEntry(
              "tcd", "trajectory consistency, strategic stochastic", 4, TcdSampler::plan, "gamma"),
          new SamplerEntry(
              "tcd-2s",
              "the same, order 2, two evaluations a step",
              4,
              TcdSampler::plan2S,
              "gamma"),
          new SamplerEntry(
              "tcd-2m", "the same, order 2, looking back", 4, TcdMultistepSampler::plan, "gamma"),
          new SamplerEntry(
              "ctm", "consistency trajectory, gamma in sigma", 4, CtmSampler::plan, "gamma"),
          new SamplerEntry("lcm", "latent consistency", 4, LcmSampler::plan),
          new SamplerEntry("ddim", "implicit diffusion, order 1", 25, DdimSampler::plan, "eta"),
          new SamplerEntry("euler", "Euler in sigma, order 1", 25, EulerSampler::plan),
          karras("euler", EulerSampler::plan),
          new SamplerEntry(
              "euler-ancestral", "Euler with fresh noise", 25, EulerAncestralSampler::plan),
          new SamplerEntry(
              "heun", "Heun in sigma, order 2, two evaluations a step", 25, HeunSampler::plan),
          karras("heun", HeunSampler::plan),
          new SamplerEntry("dpm++2m", "DPM-Solver++ multistep, order 2", 25, DpmPlusPlus2M::plan),
          karras("dpm++2m", DpmPlusPlus2M::plan),
          new SamplerEntry("dpm++2s", "DPM-Solver++ singlestep, order 2", 25, DpmPlusPlus2S::plan),
          karras("dpm++2s", DpmPlusPlus2S::plan),
          new SamplerEntry(
              "sde-dpm++2m", "stochastic DPM-Solver++, order 2", 25, SdeDpmPlusPlus2M::plan),
          karras("sde-dpm++2m", SdeDpmPlusPlus2M::plan));

  private Samplers() {}

  /** All samplers, in the order in which to show them. */
  public static List<SamplerEntry> all() {
    return ALL;
  }

  /** The sampler of a name; an unknown one is an error that lists the known ones. */
  public static SamplerEntry named(String name) {
    return ALL.stream()
        .filter(e -> e.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "sampler must be one of "
                        + ALL.stream().map(SamplerEntry::name).collect(Collectors.joining(", "))
                        + " but was "
                        + name));
  }

  private static SamplerEntry karras(String name, SamplerEntry.Planner planner) {
    return new SamplerEntry(
        name + KARRAS,
        "the same on Karras sigmas",
        25,
        (config, settings) -> planner.plan(config.with("use_karras_sigmas", true), settings));
  }
}
