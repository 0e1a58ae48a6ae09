package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.dataset.RealImages;
import io.github.tcd4j.evaluation.feature.FeatureCache;
import io.github.tcd4j.evaluation.feature.FeatureSpace;
import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.generate.Generator;
import io.github.tcd4j.evaluation.generate.ImageCache;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Generates and measures what a {@link TeacherGate} needs; run again it goes on where it was. */
public final class TeacherGateRun {
  /** Seeds by which diversity is measured. */
  private static final int SEEDS = 16;

  /**
   * As in the tables. A model's own spacing may begin far from the noisiest time, which makes few
   * steps bad whatever there is to distil.
   */
  private static final String SPACING = "trailing";

  /**
   * @param captions held-out captions for distances, at least 2
   * @param diverse captions of which 16 pictures each are generated, at least 1 and at most all
   * @param guidance of the teacher, its best; off at 1
   * @param seed of the first picture
   * @param batch pictures to generate at once
   * @param folder for pictures and features
   */
  public record Settings(
      int captions, int diverse, double guidance, long seed, int batch, Path folder) {
    public Settings {
      if (captions < 2 || diverse < 1 || diverse > captions) {
        throw new InvalidRequestException(
            "the gate needs 2 captions or more, and for diversity 1 to all of them, but got "
                + (captions + " and " + diverse));
      }
    }
  }

  /**
   * The world that the teacher was trained on.
   *
   * @param heldOut draws of held-out scenes by number, all of the same captions
   * @param training what the teacher has seen
   * @param fresh other scenes of the same captions as {@code training}
   */
  public record World(IntFunction<Dataset> heldOut, Dataset training, Dataset fresh) {}

  private final Settings settings;
  private final World world;
  private final Generator generator;
  private final FeatureSpace space;
  private final UnaryOperator<Tensor> autoencoder;
  private final EvaluationListener listener;
  private final ImageCache images;
  private final FeatureCache features;

  /**
   * @param autoencoder pictures (B, 3, H, W) in [-1, 1] to what the autoencoder makes of them
   */
  public TeacherGateRun(
      Settings settings,
      World world,
      Generator generator,
      FeatureSpace space,
      UnaryOperator<Tensor> autoencoder,
      EvaluationListener listener) {
    this.settings = settings;
    this.world = world;
    this.generator = generator;
    this.space = space;
    this.autoencoder = autoencoder;
    this.listener = listener;
    images = new ImageCache(settings.folder().resolve("pictures"), settings.batch());
    features = new FeatureCache(settings.folder().resolve("features"));
  }

  /** Runs to the end. */
  public TeacherGate run() {
    try (Scope scope = Scope.inference()) {
      Dataset captioned = world.heldOut().apply(0);
      List<String> captions =
          IntStream.range(0, settings.captions()).mapToObj(captioned::caption).toList();
      Prompts all = new Prompts("gate", captions, settings.seed());
      List<String> repeated =
          captions.subList(0, settings.diverse()).stream()
              .flatMap(c -> Collections.nCopies(SEEDS, c).stream())
              .toList();
      Prompts seeds = new Prompts("gate-seeds", repeated, settings.seed() + captions.size());
      return TeacherGate.measure(
          new TeacherGate.Features(
              generated(2, all, 1),
              generated(4, all, 2),
              generated(50, all, 3),
              real(world.heldOut().apply(1)),
              reconstructed(world.heldOut().apply(2)),
              generated(50, seeds, 4),
              features.features(new RealImages(draws()), space),
              SEEDS,
              real(world.training()),
              real(world.fresh())),
          settings.seed());
    }
  }

  private Tensor generated(int steps, Prompts prompts, int index) {
    EvaluationPoint point =
        new EvaluationPoint(
            "DDIM", "ddim", steps, settings.guidance(), null, SPACING, List.of(), null);
    EvaluationPoint settled = generator.settle(point);
    listener.started(settled, index, 4);
    ImageSet set = images.pictures(settled, prompts, generator, listener::generated);
    return features.features(set, space);
  }

  private Tensor real(Dataset data) {
    return features.features(new RealImages(first(data, settings.captions())), space);
  }

  private static List<CaptionedImage> first(Dataset data, int count) {
    return IntStream.range(0, count).parallel().mapToObj(data::get).toList();
  }

  /** Real pictures of the same captions as the generated seeds, in the same order. */
  private List<CaptionedImage> draws() {
    List<Dataset> draws = IntStream.range(3, 3 + SEEDS).mapToObj(world.heldOut()::apply).toList();
    List<CaptionedImage> found = new ArrayList<>();
    for (int i = 0; i < settings.diverse(); i++) {
      for (Dataset draw : draws) {
        found.add(draw.get(i));
      }
    }
    return found;
  }

  private Tensor reconstructed(Dataset data) {
    RealImages set = new RealImages(first(data, settings.captions()));
    RealImages made = set.through(autoencoder, done -> listener.generated(done, set.size()));
    if (made == null) {
      throw new EvaluationException("the autoencoder changes the size of the scenes");
    }
    return features.features(made, space);
  }
}
