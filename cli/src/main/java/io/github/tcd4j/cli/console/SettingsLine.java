package io.github.tcd4j.cli.console;

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
    StringBuilder model = new StringBuilder(s.model());
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
    if (s.gamma() != null) {
      parts.add("gamma " + number(s.gamma()));
    }
    if (s.gammas() != null) {
      parts.add(
          "gamma " + String.join(",", s.gammas().stream().map(SettingsLine::number).toList()));
    }
    if (s.eta() != null) {
      parts.add("eta " + number(s.eta()));
    }
    parts.add("guidance " + (s.guided() ? number(s.guidance()) : "off"));
    return parts;
  }

  private static String seeds(GenerationSettings s) {
    return s.batch() == 1
        ? "seed " + Seed.text(s.seed())
        : "seeds " + Seed.text(s.batchSeed()) + " to " + Seed.text(s.batchSeed() + s.batch() - 1);
  }

  /** Without a fraction where it is whole. */
  public static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
