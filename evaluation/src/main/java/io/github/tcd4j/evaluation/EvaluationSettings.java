package io.github.tcd4j.evaluation;

import io.github.tcd4j.evaluation.report.PlotAxis;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What to evaluate and how.
 *
 * @param pair folder of the text-image pair in whose features everything is measured
 * @param contenders the samplers to compare, each with a label of its own
 * @param steps numbers of steps at which to compare them
 * @param reference shards of real pictures to compare with; without them there is no FD and KID
 * @param captions what to paint for CLIP score and retrieval: a {@code .txt} file with a caption a
 *     line, or shards
 * @param candidates more captions among which each must be found again: files or shards
 * @param pictures how many captions of the reference to paint for FD and KID, chosen evenly from
 *     all styles; 0 leaves those two out
 * @param sweep how to choose between several guidances
 * @param seed of the first picture and of every random choice
 * @param output folder for tables, plots, pictures and features
 * @param batch pictures to paint at once
 * @param resamples of the bootstrap, except for FD
 * @param momentResamples of the bootstrap of FD, which is slower
 * @param sheets whether to write a sheet of all pictures of {@code captions} for each setup
 * @param limit most captions to paint for CLIP score and retrieval; null for all
 * @param axis what the plots are drawn against
 * @param cache folder for pictures and features, which several evaluations may share
 */
public record EvaluationSettings(
    Path pair,
    List<Contender> contenders,
    List<Integer> steps,
    @Nullable Path reference,
    Path captions,
    List<Path> candidates,
    int pictures,
    GuidanceSweep sweep,
    long seed,
    Path output,
    int batch,
    int resamples,
    int momentResamples,
    boolean sheets,
    @Nullable Integer limit,
    PlotAxis axis,
    Path cache) {
  public EvaluationSettings {
    contenders = List.copyOf(contenders);
    steps = List.copyOf(steps);
    candidates = List.copyOf(candidates);
    if (contenders.isEmpty()) {
      throw new IllegalArgumentException("there must be at least one sampler to evaluate");
    }
    Set<String> labels = new HashSet<>();
    for (Contender c : contenders) {
      if (!labels.add(c.label())) {
        throw new IllegalArgumentException(
            "two samplers are labelled '" + c.label() + "'; give each a label of its own");
      }
    }
    if (steps.isEmpty() || steps.stream().anyMatch(s -> s < 1)) {
      throw new IllegalArgumentException(
          "steps must be a list of numbers of at least 1 but was " + steps);
    }
    if (pictures < 20 && pictures != 0) {
      throw new IllegalArgumentException(
          "pictures must be at least 20, or 0 for no FD and KID, but was " + pictures);
    }
    if (limit != null && limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1 but was " + limit);
    }
  }

  /** Of all captions, plotted against evaluations, with pictures in the output folder. */
  public EvaluationSettings(
      Path pair,
      List<Contender> contenders,
      List<Integer> steps,
      @Nullable Path reference,
      Path captions,
      List<Path> candidates,
      int pictures,
      GuidanceSweep sweep,
      long seed,
      Path output,
      int batch,
      int resamples,
      int momentResamples,
      boolean sheets) {
    this(
        pair,
        contenders,
        steps,
        reference,
        captions,
        candidates,
        pictures,
        sweep,
        seed,
        output,
        batch,
        resamples,
        momentResamples,
        sheets,
        null,
        PlotAxis.EVALUATIONS,
        output);
  }

  /** The usual settings: 1,000 pictures, 1,000 resamples (200 for FD), batches of 32, seed 0. */
  public static EvaluationSettings of(
      Path pair,
      List<Contender> contenders,
      List<Integer> steps,
      @Nullable Path reference,
      Path captions,
      Path output) {
    return new EvaluationSettings(
        pair,
        contenders,
        steps,
        reference,
        captions,
        List.of(),
        1000,
        new GuidanceSweep(20, 256),
        0,
        output,
        32,
        1000,
        200,
        false);
  }

  /** Whether FD and KID can and shall be measured. */
  boolean distributions() {
    return reference != null && pictures > 0;
  }
}
