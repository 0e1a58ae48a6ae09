package io.github.tcd4j.evaluation.paper;

import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.evaluation.generate.SamplerConfig;
import io.github.tcd4j.evaluation.report.PlotAxis;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The tables and figures of the paper's section 5 that can be made again on any model, with the
 * samplers of distilled networks also on the model without a LoRA: what these rows reach is not
 * owed to the distillation.
 */
public enum PaperExperiment {
  /** Its table 1: solvers and consistency samplers at few and many evaluations. */
  TABLE1(
      "Table 1: samplers at 2, 4, 8 and 20 evaluations",
      List.of(2, 4, 8, 20),
      PlotAxis.EVALUATIONS,
      List.of("lcm", "tcd")) {
    @Override
    public List<SamplerConfig> samplers(Map<String, LoraSpec> loras, double guidance) {
      List<SamplerConfig> all = new ArrayList<>();
      all.add(solver("Euler", "euler", guidance));
      all.add(solver("DDIM", "ddim", guidance));
      all.add(solver("DPM++ 2S", "dpm++2s", guidance));
      distilled(all, "LCM", "lcm", null, loras.get("lcm"));
      distilled(all, "TCD", "tcd", PAPER_GAMMA, loras.get("tcd"));
      all.add(SamplerConfig.control("LCM", "lcm", null));
      all.add(SamplerConfig.control("TCD", "tcd", PAPER_GAMMA));
      return all;
    }
  },
  /** Its table 2: what the trajectory function is. */
  TABLE2(
      "Table 2: trajectory functions at 4 steps",
      List.of(4),
      PlotAxis.EVALUATIONS,
      List.of("tcd", "tcf2", "tcfs")) {
    @Override
    public List<SamplerConfig> samplers(Map<String, LoraSpec> loras, double guidance) {
      List<SamplerConfig> all = new ArrayList<>();
      distilled(all, "TCF(1)", "tcd", PAPER_GAMMA, loras.get("tcd"));
      distilled(all, "TCF(2)", "tcd-2s", PAPER_GAMMA, loras.get("tcf2"));
      distilled(all, "TCF(S+)", "tcd", PAPER_GAMMA, loras.get("tcfs"));
      if (!all.isEmpty()) {
        all.add(SamplerConfig.control("TCD", "tcd", PAPER_GAMMA));
      }
      return all;
    }
  },
  /** Its ablation of gamma: from following the trajectory to denoising fully in every step. */
  GAMMA("Quality against gamma at 4 steps", List.of(4), PlotAxis.GAMMA, List.of("tcd")) {
    @Override
    public List<SamplerConfig> samplers(Map<String, LoraSpec> loras, double guidance) {
      List<SamplerConfig> all = new ArrayList<>();
      for (int tenth : IntStream.rangeClosed(0, 10).toArray()) {
        distilled(
            all, "TCD gamma " + tenth / 10.0, "tcd", Gamma.of(tenth / 10.0), loras.get("tcd"));
      }
      return all;
    }
  },
  /** Its figure 1: more evaluations make TCD better, and LCM worse. */
  FIGURE1(
      "Figure 1: quality against evaluations",
      List.of(2, 4, 6, 8, 12, 16, 20),
      PlotAxis.EVALUATIONS,
      List.of("lcm", "tcd")) {
    @Override
    public List<SamplerConfig> samplers(Map<String, LoraSpec> loras, double guidance) {
      List<SamplerConfig> all = new ArrayList<>();
      all.add(solver("DPM++ 2S", "dpm++2s", guidance));
      distilled(all, "LCM", "lcm", null, loras.get("lcm"));
      distilled(all, "TCD", "tcd", PAPER_GAMMA, loras.get("tcd"));
      all.add(SamplerConfig.control("LCM", "lcm", null));
      all.add(SamplerConfig.control("TCD", "tcd", PAPER_GAMMA));
      return all;
    }
  };

  /** The gamma of the paper's tables. */
  public static final Gamma PAPER_GAMMA = Gamma.of(0.2);

  private final String title;
  private final List<Integer> steps;
  private final PlotAxis axis;
  private final List<String> loras;

  PaperExperiment(String title, List<Integer> steps, PlotAxis axis, List<String> loras) {
    this.title = title;
    this.steps = steps;
    this.axis = axis;
    this.loras = loras;
  }

  /** The experiment of a name, {@code table1} and so on. */
  public static PaperExperiment named(String name) {
    return Arrays.stream(values())
        .filter(e -> e.key().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidRequestException(
                    "experiment must be one of "
                        + Arrays.stream(values())
                            .map(e -> e.key())
                            .collect(Collectors.joining(", "))
                        + " but was "
                        + name));
  }

  /** As on the command line. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  public String title() {
    return title;
  }

  /** The numbers of steps at which everything is measured. */
  public List<Integer> steps() {
    return steps;
  }

  public PlotAxis axis() {
    return axis;
  }

  /** The LoRAs that it compares, by the names that the recipes give them. */
  public List<String> loras() {
    return loras;
  }

  /**
   * What is compared.
   *
   * @param loras by the names of {@link #loras()}; rows whose LoRA is missing are omitted
   * @param guidance of the solvers; what was distilled has its own in it
   */
  public abstract List<SamplerConfig> samplers(Map<String, LoraSpec> loras, double guidance);

  private static SamplerConfig solver(String label, String sampler, double guidance) {
    return new SamplerConfig(label, sampler, List.of(guidance), null, "trailing", List.of());
  }

  private static void distilled(
      List<SamplerConfig> all,
      String label,
      String sampler,
      @Nullable Gamma gamma,
      @Nullable LoraSpec lora) {
    if (lora != null) {
      all.add(new SamplerConfig(label, sampler, List.of(1.0), gamma, null, List.of(lora)));
    }
  }
}
