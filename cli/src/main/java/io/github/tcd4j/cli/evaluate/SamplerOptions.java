package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.cli.options.GuidanceConverter;
import io.github.tcd4j.cli.options.SamplingOptions;
import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.diffusion.schedule.Spacing;
import io.github.tcd4j.evaluation.generate.SamplerConfig;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The samplers that an evaluation compares. */
final class SamplerOptions {
  /** The word for the spacing that the model ships with. */
  private static final String SHIPPED = "shipped";

  @Option(
      names = "--sampler",
      paramLabel = "LIST",
      split = ",",
      completionCandidates = SamplingOptions.Names.class,
      description = "Samplers to compare, of ${COMPLETION-CANDIDATES}.")
  List<String> samplers = List.of("ddim", "euler", "dpm++2m", "lcm", "tcd");

  @Option(
      names = "--steps",
      paramLabel = "LIST",
      split = ",",
      description =
          "Numbers of steps. Tables count network evaluations: two per step with guidance.")
  List<Integer> steps = List.of(2, 4, 8, 20);

  @Option(
      names = {"-l", "--lora"},
      paramLabel = "SAMPLER=FILE",
      description =
          "LoRA of a sampler, FILE[:WEIGHT] or none; repeatable. Default: for samplers of"
              + " distilled networks the model's own, lcm or tcd, and a row without; for the others none.")
  Map<String, String> loras = new LinkedHashMap<>();

  @Option(
      names = "--gamma",
      paramLabel = "X|LIST",
      split = ",",
      hideParamSyntax = true,
      description =
          "Share of fresh noise, for samplers that have it; or one for each step, then with one --steps. Default:"
              + " that of the LoRA.")
  @Nullable List<Double> gammas;

  @Option(
      names = "--guidance",
      paramLabel = "LIST",
      split = ",",
      converter = GuidanceConverter.class,
      description =
          "Guidance scales for samplers without a LoRA, 1 is off. Of several, the best at --sweep-steps with the"
              + " first --spacing is used: lowest FD, or without --pictures highest CLIP score.")
  List<Double> guidances = List.of(1.0, 1.5, 2.0, 3.0, 4.0);

  @Option(
      names = "--spacing",
      paramLabel = "LIST",
      split = ",",
      description =
          "Timestep spacing of solvers: trailing, leading, linspace, or "
              + SHIPPED
              + ", that of the model's configuration.")
  List<String> spacings = List.of("trailing");

  @Option(
      names = "--sweep-steps",
      paramLabel = "N",
      description = "Number of steps at which guidance scales are compared.")
  int sweepSteps = 20;

  @Option(
      names = "--sweep-pictures",
      paramLabel = "N",
      description = "Number of captions to compare them on.")
  int sweepPictures = 256;

  List<SamplerConfig> configs() {
    Gamma gamma = gammas == null ? null : Gamma.of(gammas);
    requireUsed(gamma);
    List<SamplerConfig> all = new ArrayList<>();
    for (String sampler : samplers) {
      SamplerDescriptor entry = Samplers.named(sampler);
      if (entry.distilledAs() != null) {
        Gamma chosen = entry.parameters().contains("gamma") ? gamma : null;
        List<LoraSpec> lora = lora(entry);
        // A LoRA has been distilled with its guidance; a full model may be conditioned on one.
        List<Double> choice = lora.isEmpty() ? guidances : List.of(1.0);
        all.add(new SamplerConfig(entry.label(), sampler, choice, chosen, null, lora));
        if (!lora.isEmpty()) {
          all.add(SamplerConfig.control(entry.label(), entry.name(), chosen));
        }
      } else {
        for (String spacing : spacings) {
          boolean shipped = spacing.equals(SHIPPED);
          String label = entry.label() + (spacings.size() > 1 || shipped ? " " + spacing : "");
          all.add(
              new SamplerConfig(
                  label, sampler, guidances, null, shipped ? null : spacing, lora(entry)));
        }
      }
    }
    return all;
  }

  /** What would be ignored, or refused only after hours, is refused at once. */
  private void requireUsed(@Nullable Gamma gamma) {
    for (String sampler : loras.keySet()) {
      if (!samplers.contains(Samplers.named(sampler).name())) {
        throw new InvalidRequestException(
            "--lora "
                + sampler
                + "=... is for a sampler that is not compared; --sampler has "
                + String.join(",", samplers));
      }
    }
    if (gamma != null && gamma.values().size() > 1) {
      steps.forEach(n -> gamma.at(0, n)); // Refuses another number of them than of steps.
    }
    if (gamma != null
        && samplers.stream().noneMatch(s -> Samplers.named(s).parameters().contains("gamma"))) {
      throw new InvalidRequestException(
          "--gamma is for tcd, tcd-2s, tcd-2m and ctm; --sampler has "
              + String.join(",", samplers));
    }
    spacings.stream().filter(s -> !s.equals(SHIPPED)).forEach(Spacing::parse);
  }

  private List<LoraSpec> lora(SamplerDescriptor entry) {
    String own = entry.distilledAs();
    String chosen = loras.getOrDefault(entry.name(), own == null ? "none" : own);
    return chosen.equals("none") ? List.of() : List.of(LoraSpec.parse(chosen));
  }
}
