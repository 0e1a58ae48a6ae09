package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.generate.SamplerConfig;
import io.github.tcd4j.evaluation.measure.Measurement;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;

/**
 * Chooses each solver's guidance by trying them all at a number of steps where it has converged.
 *
 * @param steps at which to try, at least 1
 * @param pictures how many prompts to try on, at least 20
 */
public record GuidanceSweep(int steps, int pictures) {
  public GuidanceSweep {
    if (steps < 1) {
      throw new InvalidRequestException("sweep steps must be at least 1 but was " + steps);
    }
    if (pictures < 20) {
      throw new InvalidRequestException("sweep pictures must be at least 20 but was " + pictures);
    }
  }

  /**
   * Every guidance of every sampler that leaves a choice; of samplers that differ in the spacing of
   * the time steps alone, the first represents all.
   */
  List<EvaluationPoint> points(List<SamplerConfig> samplers) {
    List<EvaluationPoint> points = new ArrayList<>();
    for (SamplerConfig c : samplers) {
      if (c.guidances().size() > 1 && standIn(c, samplers).equals(c)) {
        c.guidances().forEach(g -> points.add(c.at(steps, g)));
      }
    }
    return points;
  }

  /** The samplers, each with the guidance that was best in a column; the others as they are. */
  List<SamplerConfig> choose(List<SamplerConfig> samplers, Results tried, Column by) {
    return samplers.stream().map(c -> choose(c, standIn(c, samplers), tried, by)).toList();
  }

  private static SamplerConfig standIn(SamplerConfig c, List<SamplerConfig> samplers) {
    return samplers.stream()
        .filter(o -> o.withSpacing(null).labelled("").equals(c.withSpacing(null).labelled("")))
        .findFirst()
        .orElse(c);
  }

  private static SamplerConfig choose(
      SamplerConfig c, SamplerConfig standIn, Results tried, Column by) {
    if (c.guidances().size() < 2) {
      return c;
    }
    List<Measurement> own =
        tried.measurements().stream().filter(m -> m.label().equals(standIn.label())).toList();
    EvaluationPoint best = new Results(tried.columns(), own).best(by).point();
    if (best == null || best.guidance() == null) {
      throw new IllegalStateException("the sweep of " + c.label() + " tried no guidance");
    }
    return c.withGuidances(List.of(best.guidance()));
  }
}
