package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.ClipScore;
import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.network.NetworkSources;
import io.github.tcd4j.evaluation.preprocess.FidMode;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The registry of measures.
 *
 * @param all in the order in which they are shown
 */
public record PictureMeasures(List<PictureMeasure> all) {
  public PictureMeasures {
    all = List.copyOf(all);
  }

  /**
   * The published measures.
   *
   * @param mode how Inception's pictures are resized
   */
  public static PictureMeasures published(FidMode mode) {
    NetworkSource inception = NetworkSources.inception(mode);
    NetworkSource efficientNet = NetworkSources.efficientNetLite0();
    return new PictureMeasures(
        List.of(
            new FidMeasure(inception),
            new KidMeasure(inception),
            new PrecisionRecallMeasure(inception),
            new InceptionScoreMeasure(inception),
            FidMeasure.ofEfficientNet(efficientNet),
            KidMeasure.ofEfficientNet(efficientNet),
            PrecisionRecallMeasure.ofEfficientNet(efficientNet),
            new CmmdMeasure(NetworkSources.cmmd()),
            complexity(),
            imageReward(),
            pickScore(),
            clip(),
            hps(),
            aesthetic()));
  }

  /** What stands in the paper's table 1, in its order. */
  public static List<String> ofThePaper() {
    return List.of("fid", "complexity", "imagereward", "pickscore");
  }

  private static PictureMeasure complexity() {
    Column column =
        new Column(
            "complexity",
            "complexity",
            Better.NEITHER,
            3,
            "IC9600's score of how complex a picture looks to people, from 0 to 1");
    return single(column, NetworkSources.complexity(), Set.of(), "mean score");
  }

  private static PictureMeasure imageReward() {
    Column column =
        new Column(
            "imagereward",
            "ImageReward",
            Better.HIGHER,
            3,
            "how well pictures fit their captions and please; 0 is the mean of the authors' pictures,"
                + " their deviation 1; some papers print 100 times it");
    return single(column, NetworkSources.imageReward(), Set.of(Need.CAPTIONS), "mean reward");
  }

  private static PictureMeasure aesthetic() {
    Column column =
        new Column(
            "aesthetic",
            "aesthetic",
            Better.HIGHER,
            2,
            "LAION's predictor of how people mark a picture, from about 1 to 10");
    return single(column, NetworkSources.aesthetic(), Set.of(), "mean mark");
  }

  /** A measure whose network's row is the figure. */
  private static PictureMeasure single(
      Column column, NetworkSource network, Set<Need> needs, String statistics) {
    return new MeanMeasure(
        column.id(), column, network, needs, false, statistics, 1, PictureMeasures::only);
  }

  private static double[] only(Sample sample) {
    try (Scope scope = Scope.inference()) {
      return sample.pictures().rows().select(1, 0).to(DType.F64).toDoubleArray();
    }
  }

  private static PictureMeasure pickScore() {
    Column column =
        new Column(
            "pickscore",
            "PickScore",
            Better.HIGHER,
            2,
            "which pictures of a caption people pick: the network's scale times the cosine");
    return new MeanMeasure(
        "pickscore",
        column,
        NetworkSources.pickScore(),
        Set.of(Need.CAPTIONS),
        true,
        "mean of exp(logit scale) x cosine",
        1,
        PictureMeasures::scaledCosines);
  }

  private static PictureMeasure clip() {
    Column column =
        new Column(
            "clip",
            "CLIP score",
            Better.HIGHER,
            2,
            "100 times the cosine between picture and caption in CLIP ViT-L/14");
    return new MeanMeasure(
        "clip",
        column,
        NetworkSources.clip(),
        Set.of(Need.CAPTIONS),
        true,
        "mean of 100 x cosine",
        1,
        sample -> cosines(sample, 100));
  }

  private static PictureMeasure hps() {
    Column column =
        new Column(
            "hps",
            "HPS v2.1 x100",
            Better.HIGHER,
            2,
            "100 times human preference score v2.1, the cosine that its package prints");
    return new MeanMeasure(
        "hps",
        column,
        NetworkSources.hps(),
        Set.of(Need.CAPTIONS),
        true,
        "mean cosine",
        100,
        sample -> cosines(sample, 1));
  }

  private static double[] cosines(Sample sample, double factor) {
    try (Scope scope = Scope.inference()) {
      Tensor rows = sample.pictures().rows();
      Tensor pictures = rows.narrow(1, 0, rows.size(1) - 1);
      double[] scores = ClipScore.of(pictures, sample.requireTexts());
      for (int i = 0; i < scores.length; i++) {
        scores[i] *= factor / 100;
      }
      return scores;
    }
  }

  private static double[] scaledCosines(Sample sample) {
    double[] cosines = cosines(sample, 1);
    try (Scope scope = Scope.inference()) {
      Tensor rows = sample.pictures().rows();
      double[] scales = rows.select(1, rows.size(1) - 1).to(DType.F64).toDoubleArray();
      for (int i = 0; i < cosines.length; i++) {
        cosines[i] *= scales[i];
      }
      return cosines;
    }
  }

  /**
   * Measures by their names.
   *
   * @throws InvalidRequestException if there is none of a name; it lists those that there are
   */
  public List<PictureMeasure> named(List<String> names) {
    List<PictureMeasure> chosen = new ArrayList<>();
    for (String name : names.stream().map(String::strip).distinct().toList()) {
      chosen.add(
          all.stream()
              .filter(m -> m.name().equals(name))
              .findFirst()
              .orElseThrow(() -> unknown(name)));
    }
    return chosen;
  }

  private InvalidRequestException unknown(String name) {
    return new InvalidRequestException(
        "there is no measure '"
            + name
            + "'; there are "
            + all.stream().map(PictureMeasure::name).collect(Collectors.joining(", ")));
  }
}
