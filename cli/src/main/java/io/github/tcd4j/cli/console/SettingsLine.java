package io.github.tcd4j.cli.console;

import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.pipeline.lora.ResolvedLora;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.Seed;
import java.util.ArrayList;
import java.util.List;

/** Settings in one line, for people. */
public final class SettingsLine {
  private SettingsLine() {}

  /** As {@code emoji + tcd LoRA, tcd, 4 steps, gamma 0.3, guidance off, 64x64, seed 42}. */
  static String of(GenerationSettings s) {
    List<String> parts = new ArrayList<>();
    StringBuilder model = new StringBuilder(s.model().name());
    for (ResolvedLora lora : s.loras()) {
      model.append(" + LoRA ").append(lora.name());
      model.append(lora.weight() == 1 ? "" : " x " + number(lora.weight()));
    }
    parts.add(model.toString());
    parts.addAll(sampling(s));
    parts.add(s.width() + "x" + s.height());
    parts.add(seeds(s));
    return String.join(", ", parts);
  }

  /** Sampler, steps, gamma and guidance. */
  public static List<String> sampling(GenerationSettings s) {
    List<String> parts = new ArrayList<>();
    parts.add(s.sampler());
    parts.add(s.steps() + (s.steps() == 1 ? " step" : " steps"));
    SamplerSettings knobs = s.sampling().knobs();
    if (knobs.gamma() != null) {
      parts.add("gamma " + numbers(knobs.gamma().values()));
    }
    if (knobs.eta() != null) {
      parts.add("eta " + number(knobs.eta()));
    }
    Upscaling up = s.input().upscaling();
    if (up != null && up.noiseLevel() != null) {
      parts.add("noise level " + up.noiseLevel());
    }
    if (s.input().strength() != null) {
      parts.add("strength " + number(s.input().strength()));
    }
    parts.add("guidance " + (s.guided() ? number(s.guidance()) : "off"));
    return parts;
  }

  private static String seeds(GenerationSettings s) {
    long first = s.position().batchSeed();
    int n = s.position().size();
    return n == 1
        ? "seed " + Seed.text(s.seed())
        : "seeds " + Seed.text(first) + " to " + Seed.text(first + n - 1);
  }

  private static String numbers(List<Double> values) {
    return String.join(",", values.stream().map(SettingsLine::number).toList());
  }

  /** Without a fraction where it is whole. */
  public static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
