package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.evaluation.dataset.CaptionSource;
import io.github.tcd4j.evaluation.dataset.EvaluationData;
import io.github.tcd4j.evaluation.dataset.ImageReader;
import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.dataset.RealImages;
import io.github.tcd4j.evaluation.dataset.StratifiedSample;
import io.github.tcd4j.evaluation.feature.ClipFeatures;
import io.github.tcd4j.evaluation.feature.FeatureCache;
import io.github.tcd4j.evaluation.feature.TextFeatureSpace;
import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.generate.Generator;
import io.github.tcd4j.evaluation.generate.ImageCache;
import io.github.tcd4j.evaluation.generate.SamplerConfig;
import io.github.tcd4j.evaluation.measure.AlignmentMeasure;
import io.github.tcd4j.evaluation.measure.ComplexityMeasure;
import io.github.tcd4j.evaluation.measure.DistributionMeasure;
import io.github.tcd4j.evaluation.measure.ImageMeasure;
import io.github.tcd4j.evaluation.measure.Measurement;
import io.github.tcd4j.evaluation.measure.PairedDifferences;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.tensor.Scope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A whole evaluation: reads the data, sweeps the guidance of those samplers that leave a choice,
 * measures real pictures and every sampler at every number of steps, and writes into the output
 * folder {@code results.md}, {@code results.csv}, a plot {@code FIGURE.png} for each figure, {@code
 * gallery.png}, {@code sweep.md} and {@code sweep.csv} where there was one, {@code differences.md}
 * and {@code differences.csv} of TCD and the others where it is among them, {@code sheets/} where
 * they are wanted, and {@code settings.json}; tables after every measurement. Run again with the
 * same settings it continues where it was stopped.
 */
public final class EvaluationRun {
  /** The field by which the training captions are chosen evenly. */
  private static final String STRATUM = "style";

  /** The sampler that the others are compared with. */
  private static final String OWN = "tcd";

  private final EvaluationSettings settings;
  private final Generator generator;
  private final ImageReader reader;
  private final EvaluationListener listener;

  public EvaluationRun(
      EvaluationSettings settings,
      Generator generator,
      ImageReader reader,
      EvaluationListener listener) {
    this.settings = settings;
    this.generator = generator;
    this.reader = reader;
    this.listener = listener;
  }

  /** Runs to the end and returns the figures of the real pictures and of every point. */
  public Results run() {
    try (Scope scope = Scope.inference();
        ClipFeatures pair = ClipFeatures.load(settings.pair())) {
      if (!pair.unread().isEmpty()) {
        listener.note("the text-image pair has no use for " + pair.unread());
      }
      return new Work(pair).run();
    }
  }

  /** What one run holds while its scope is open. */
  private final class Work {
    private final TextFeatureSpace pair;
    private final EvaluationData material = settings.material();
    private final FeatureCache features =
        new FeatureCache(settings.output().cache().resolve("features"));
    private final ImageCache generated =
        new ImageCache(settings.output().cache().resolve("pictures"), settings.batch());
    private final EvaluationFiles files = new EvaluationFiles(settings.output().folder(), listener);
    private final Bootstrap means = Bootstrap.of(settings.resampling().means(), settings.seed());
    private final List<CaptionedImage> reference;
    private final CaptionSource source;
    private final Prompts aligned;
    private final List<String> candidates;

    Work(TextFeatureSpace pair) {
      this.pair = pair;
      reference = material.reference() == null ? List.of() : reader.read(material.reference());
      source = CaptionSource.read(material.captions(), reader);
      Prompts all = new Prompts("captions", source.captions(), settings.seed());
      aligned = material.limit() == null ? all : all.first(material.limit());
      Set<String> known = new LinkedHashSet<>(source.captions());
      material.candidates().forEach(c -> known.addAll(CaptionSource.read(c, reader).captions()));
      candidates = List.copyOf(known);
    }

    Results run() {
      Prompts chosen = material.distributions() ? training() : aligned;
      files.settings(settings, chosen, aligned, candidates);
      listener.note(WorkEstimate.of(settings, generator, chosen, aligned).sentence());
      List<ImageMeasure> measures = measures(chosen);
      List<SamplerConfig> samplers = swept(chosen, measures.get(0));
      Experiment experiment = new Experiment(measures, generated, listener);
      Gallery gallery = new Gallery(generated, generator, aligned);
      Results results = new Results(experiment.columns(), List.of());
      Map<Prompts, ImageSet> real = real(chosen);
      if (!real.isEmpty()) {
        results = results.with(experiment.measure("real pictures", real));
      }
      ImageSet own = real.get(aligned);
      if (settings.output().sheets() && own != null) {
        files.sheet("real", gallery.whole("real pictures", own));
      }
      List<EvaluationPoint> points = new ArrayList<>();
      samplers.forEach(c -> settings.steps().forEach(s -> points.add(c.at(s))));
      for (int i = 0; i < points.size(); i++) {
        listener.started(points.get(i), i + 1, points.size());
        Measurement measured = experiment.measure(points.get(i), generator);
        results = results.with(measured);
        files.tables("results", results);
        differences(results);
        if (settings.output().sheets() && measured.point() != null) {
          files.sheet(measured.point().slug(), gallery.whole(measured.point()));
        }
      }
      files.plots(results, settings.output().axis());
      List<EvaluationPoint> measured = results.points();
      files.gallery(() -> gallery.render(measured, own));
      return results;
    }

    private void differences(Results results) {
      for (SamplerConfig c : settings.samplers()) {
        PairedDifferences differences = new PairedDifferences(results, c.label(), means);
        if (c.sampler().equals(OWN) && !differences.table().rows().isEmpty()) {
          files.tables("differences", differences);
          return;
        }
      }
    }

    private Prompts training() {
      List<CaptionedImage> chosen =
          StratifiedSample.choose(
              reference,
              p -> p.fields().getOrDefault(STRATUM, ""),
              material.pictures(),
              settings.seed());
      return new Prompts(
          "training", chosen.stream().map(CaptionedImage::caption).toList(), settings.seed());
    }

    private List<ImageMeasure> measures(Prompts chosen) {
      List<ImageMeasure> measures = new ArrayList<>();
      if (material.distributions()) {
        measures.add(distribution(chosen));
      }
      measures.add(new AlignmentMeasure(aligned, candidates, pair, features, means));
      measures.add(new ComplexityMeasure(chosen, means));
      return measures;
    }

    private ImageMeasure distribution(Prompts prompts) {
      Bootstrap moments = Bootstrap.of(settings.resampling().moments(), settings.seed());
      return new DistributionMeasure(
          prompts, new RealImages(reference), pair, features, means, moments);
    }

    /** The samplers with the guidance that a sweep chose, by FD or else by CLIP score. */
    private List<SamplerConfig> swept(Prompts chosen, ImageMeasure first) {
      GuidanceSweep sweep = settings.sweep();
      List<EvaluationPoint> points = sweep.points(settings.samplers());
      if (points.isEmpty()) {
        return settings.samplers();
      }
      Prompts few = chosen.first(sweep.pictures());
      ImageMeasure measure =
          first instanceof DistributionMeasure distribution
              ? distribution.on(few)
              : new AlignmentMeasure(few, candidates, pair, features, means);
      Column by = material.distributions() ? DistributionMeasure.FD : AlignmentMeasure.CLIP_SCORE;
      Results tried = new Experiment(List.of(measure), generated, listener).run(points, generator);
      files.tables("sweep", tried);
      return sweep.choose(settings.samplers(), tried, by);
    }

    private Map<Prompts, ImageSet> real(Prompts chosen) {
      List<CaptionedImage> all =
          Stream.concat(source.pictures().stream(), reference.stream()).toList();
      Map<Prompts, ImageSet> sets = new HashMap<>();
      for (Prompts prompts : Set.copyOf(List.of(chosen, aligned))) {
        RealImages pictures = RealImages.of(prompts.captions(), all);
        if (pictures != null) {
          sets.put(prompts, pictures);
        }
      }
      return sets;
    }
  }
}
