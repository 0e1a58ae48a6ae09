package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.console.SettingsLine;
import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A column of the demo: one way to generate all of its prompts.
 *
 * @param section under which it stands
 * @param label above it
 * @param sampler name in the registry
 * @param lora of the model's own, by name; null for none
 * @param steps network evaluations
 * @param gamma for TCD, else null
 * @param guidance off at 1
 */
record DemoColumn(
    String section,
    String label,
    String sampler,
    @Nullable String lora,
    int steps,
    @Nullable Gamma gamma,
    double guidance) {
  private static final int SWEEP_STEPS = 8;
  private static final double GAMMA = 0.3;

  /** The teacher at few and many steps, LCM and TCD at 2, 4, 8, 20, and TCD from gamma 0 to 1. */
  static List<DemoColumn> all(double guidance) {
    List<DemoColumn> columns = new ArrayList<>();
    for (int steps : new int[] {2, 4, 25}) {
      columns.add(new DemoColumn("Teacher", label(steps), "ddim", null, steps, null, guidance));
    }
    for (int steps : new int[] {2, 4, 8, 20}) {
      columns.add(new DemoColumn("LCM", label(steps), "lcm", "lcm", steps, null, 1));
    }
    for (int steps : new int[] {2, 4, 8, 20}) {
      columns.add(
          new DemoColumn(
              "TCD, gamma " + GAMMA, label(steps), "tcd", "tcd", steps, Gamma.of(GAMMA), 1));
    }
    for (double gamma : new double[] {0, GAMMA, 0.7, 1}) {
      columns.add(
          new DemoColumn(
              "TCD, " + label(SWEEP_STEPS) + ", gamma",
              SettingsLine.number(gamma),
              "tcd",
              "tcd",
              SWEEP_STEPS,
              Gamma.of(gamma),
              1));
    }
    return columns;
  }

  private static String label(int steps) {
    return steps + " steps";
  }

  Request.Builder apply(Request.Builder request) {
    return request
        .sampler(sampler)
        .loras(lora == null ? List.of() : List.of(new LoraSpec(lora, 1)))
        .steps(steps)
        .gamma(gamma)
        .guidance(guidance)
        .spacing(sampler.equals("ddim") ? "trailing" : null);
  }
}
