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
import io.github.tcd4j.evaluation.picture.CocoCaptions;
import io.github.tcd4j.evaluation.picture.PictureFile;
import io.github.tcd4j.evaluation.preprocess.PicturePrep;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.score.ReferenceSource;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

  private static final String REAL = "real pictures";

  private static final String RECONSTRUCTED = REAL + " through the autoencoder";

  private final EvaluationSettings settings;
  private final Generator generator;
  private final ImageReader reader;
  private final EvaluationListener listener;
  private final @Nullable UnaryOperator<Tensor> autoencoder;

  /** Without a row of real pictures through the autoencoder. */
  public EvaluationRun(
      EvaluationSettings settings,
      Generator generator,
      ImageReader reader,
      EvaluationListener listener) {
    this(settings, generator, reader, listener, null);
  }

  /**
   * @param autoencoder pictures (B, 3, H, W) in [-1, 1] to what the model's autoencoder makes of
   *     them, a floor of every generator; null for no such row
   */
  public EvaluationRun(
      EvaluationSettings settings,
      Generator generator,
      ImageReader reader,
      EvaluationListener listener,
      @Nullable UnaryOperator<Tensor> autoencoder) {
    this.autoencoder = autoencoder;
    this.settings = settings;
    this.generator = generator;
    this.reader = reader;
    this.listener = listener;
  }

  /** Runs to the end and returns the figures of the real pictures and of every point. */
  public Results run() {
    boolean swept = !settings.sweep().points(settings.samplers()).isEmpty();
    if (settings.measures().pair().isEmpty() && !swept) {
      try (Scope scope = Scope.inference()) {
        return new Work(null).run();
      }
    }
    try (Scope scope = Scope.inference();
        ClipFeatures pair = ClipFeatures.load(settings.pair())) {
      if (!pair.unread().isEmpty()) {
        listener.note("the text-image pair has no use for " + pair.unread());
      }
      return new Work(pair).run();
    }
  }

  /** COCO's captions, JSON or the manifest of them; null where the captions are something else. */
  private static @Nullable CocoCaptions coco(Path captions) {
    String name = captions.toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".json") || name.endsWith(".tsv") ? CocoCaptions.read(captions) : null;
  }

  /** What one run holds while its scope is open. */
  private final class Work {
    private final @Nullable TextFeatureSpace pair;
    private final String captionSource;
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

    Work(@Nullable TextFeatureSpace pair) {
      this.pair = pair;
      reference = material.reference() == null ? List.of() : reader.read(material.reference());
      CocoCaptions coco = coco(material.captions());
      captionSource = coco == null ? "" : coco.source();
      source =
          coco == null
              ? CaptionSource.read(material.captions(), reader)
              : new CaptionSource(
                  coco.manifest().stream().map(c -> c.caption()).toList(), List.of());
      Prompts all = new Prompts("captions", source.captions(), settings.seed());
      aligned = material.limit() == null ? all : all.first(material.limit());
      Set<String> known = new LinkedHashSet<>(source.captions());
      material.candidates().forEach(c -> known.addAll(CaptionSource.read(c, reader).captions()));
      candidates = List.copyOf(known);
    }

    Results run() {
      Prompts chosen = material.distributions() ? training() : aligned;
      PublishedRun published = published(chosen);
      if (published != null) {
        published.check();
      }
      List<ImageMeasure> measures = measures(chosen);
      Set<Prompts> needed = new LinkedHashSet<>();
      measures.forEach(m -> needed.add(m.prompts()));
      if (published != null) {
        needed.addAll(published.prompts());
      }
      Prompts first = needed.contains(chosen) ? chosen : aligned;
      Prompts second = needed.contains(aligned) ? aligned : chosen;
      files.settings(settings, chosen, aligned, candidates, captionSource);
      listener.note(WorkEstimate.of(settings, generator, first, second).sentence());
      List<SamplerConfig> samplers = swept(chosen);
      List<EvaluationPoint> points = new ArrayList<>();
      samplers.forEach(c -> settings.steps().forEach(s -> points.add(c.at(s))));
      GenerationClock clock = clock(points, needed, published);
      Gallery gallery = new Gallery(generated, generator, second);
      List<Column> columns = measures.stream().flatMap(m -> m.columns().stream()).toList();
      Results results = new Results(columns.stream().distinct().toList(), List.of());
      List<Map<Prompts, ImageSet>> pictures = new ArrayList<>();
      Map<Prompts, ImageSet> real = real(chosen);
      Experiment experiment =
          measures.isEmpty() ? null : new Experiment(measures, generated, listener);
      Map<String, Map<Prompts, ImageSet>> controls = new LinkedHashMap<>();
      controls.put(REAL, real);
      controls.put(RECONSTRUCTED, reconstructed(real));
      for (Map.Entry<String, Map<Prompts, ImageSet>> control : controls.entrySet()) {
        if (!control.getValue().isEmpty()) {
          String label = control.getKey();
          results =
              results.with(
                  experiment == null
                      ? new Measurement(label, null, Map.of())
                      : experiment.measure(label, control.getValue()));
          pictures.add(control.getValue());
        }
      }
      ImageSet own = real.get(second);
      if (settings.output().sheets() && own != null) {
        files.sheet("real", gallery.whole(REAL, own));
      }
      for (int i = 0; i < points.size(); i++) {
        listener.started(points.get(i), i + 1, points.size());
        EvaluationPoint settled = generator.settle(points.get(i));
        Map<Prompts, ImageSet> sets = new HashMap<>();
        for (Prompts p : needed) {
          sets.put(p, generated.pictures(settled, p, generator, clock.of(settled)));
        }
        pictures.add(sets);
        Measurement measured =
            experiment == null
                ? Measurement.of(settled, Map.of())
                : experiment.measure(points.get(i), generator);
        results = results.with(measured);
        files.tables("results", results);
        differences(results);
        if (settings.output().sheets() && measured.point() != null) {
          files.sheet(measured.point().slug(), gallery.whole(measured.point()));
        }
      }
      List<EvaluationPoint> measured = results.points();
      files.gallery(() -> gallery.render(measured, own));
      if (published != null) {
        generator.release();
        results = published.add(results, pictures, files);
        results.measurements().forEach(listener::measured);
        files.tables("results", results);
        files.scores(results);
        differences(results);
      }
      files.plots(results, settings.output().axis());
      return results;
    }

    /** The time of what is missing; a network that cannot be read is refused before it. */
    private GenerationClock clock(
        List<EvaluationPoint> points, Set<Prompts> needed, @Nullable PublishedRun published) {
      long missing = 0;
      long evaluations = 0;
      for (EvaluationPoint point : points) {
        EvaluationPoint settled = generator.settle(point);
        for (Prompts p : needed) {
          int pictures = generated.missing(settled, p, generator);
          missing += pictures;
          evaluations += (long) pictures * settled.evaluations();
        }
      }
      long all = (long) points.size() * needed.stream().mapToInt(Prompts::size).sum();
      if (missing < all) {
        listener.note((all - missing) + " of " + all + " images are there already");
      }
      if (published != null && missing > 0) {
        published.open();
      }
      return new GenerationClock(listener, evaluations);
    }

    private @Nullable PublishedRun published(Prompts chosen) {
      MeasureSelection.Published selection = settings.measures().published();
      if (selection == null) {
        return null;
      }
      Path cache = settings.output().cache().resolve("rows");
      ReferenceSource real = selection.reference();
      if (real == null && !reference.isEmpty()) {
        List<PictureFile> all =
            new RealImages(reference)
                .files(cache.resolve("real")).stream()
                    .map(f -> new PictureFile(f, String.valueOf(f.getFileName())))
                    .toList();
        String label = String.valueOf(material.reference());
        real = new ReferenceSource(label, all, null, PicturePrep.NONE);
      }
      return new PublishedRun(
          selection, real, cache, chosen, aligned, captionSource, means, listener);
    }

    private TextFeatureSpace requirePair() {
      TextFeatureSpace known = pair;
      if (known == null) {
        throw new IllegalStateException("no measure needs the text-image pair");
      }
      return known;
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
      Set<PairMeasure> wanted = settings.measures().pair();
      List<ImageMeasure> measures = new ArrayList<>();
      if (wanted.contains(PairMeasure.DISTANCE) && material.distributions()) {
        measures.add(distribution(chosen));
      }
      if (wanted.contains(PairMeasure.ALIGNMENT)) {
        measures.add(alignment(aligned));
      }
      if (wanted.contains(PairMeasure.COMPLEXITY)) {
        measures.add(new ComplexityMeasure(chosen, means, false));
      }
      if (wanted.contains(PairMeasure.FILTERED_COMPLEXITY)) {
        measures.add(new ComplexityMeasure(chosen, means, true));
      }
      if (measures.isEmpty() && settings.measures().published() == null) {
        throw new InvalidRequestException(
            PairMeasure.DISTANCE.id() + " needs reference pictures with captions", Hint.REFERENCE);
      }
      return measures;
    }

    private ImageMeasure alignment(Prompts prompts) {
      return new AlignmentMeasure(prompts, candidates, requirePair(), features, means);
    }

    private ImageMeasure distribution(Prompts prompts) {
      Bootstrap moments = Bootstrap.of(settings.resampling().moments(), settings.seed());
      return new DistributionMeasure(
          prompts, new RealImages(reference), requirePair(), features, means, moments);
    }

    /** The samplers with the guidance that a sweep chose, by FD or else by CLIP score. */
    private List<SamplerConfig> swept(Prompts chosen) {
      GuidanceSweep sweep = settings.sweep();
      List<EvaluationPoint> points = sweep.points(settings.samplers());
      if (points.isEmpty()) {
        return settings.samplers();
      }
      Prompts few = chosen.first(sweep.pictures());
      ImageMeasure measure = material.distributions() ? distribution(few) : alignment(few);
      Column by = material.distributions() ? DistributionMeasure.FD : AlignmentMeasure.CLIP_SCORE;
      Results tried = new Experiment(List.of(measure), generated, listener).run(points, generator);
      files.tables("sweep", tried);
      return sweep.choose(settings.samplers(), tried, by);
    }

    /** The same through the model's autoencoder, where that keeps their size. */
    private Map<Prompts, ImageSet> reconstructed(Map<Prompts, ImageSet> real) {
      UnaryOperator<Tensor> known = autoencoder;
      Map<Prompts, ImageSet> sets = new HashMap<>();
      if (known == null) {
        return sets;
      }
      real.forEach(
          (prompts, set) -> {
            RealImages made =
                ((RealImages) set).through(known, done -> listener.generated(done, set.size()));
            if (made != null) {
              sets.put(prompts, made);
            }
          });
      return sets;
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
