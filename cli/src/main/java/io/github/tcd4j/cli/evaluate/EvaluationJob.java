package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.data.source.Datasets;
import io.github.tcd4j.evaluation.experiment.Autoencoder;
import io.github.tcd4j.evaluation.experiment.EvaluationRun;
import io.github.tcd4j.evaluation.experiment.EvaluationSettings;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import picocli.CommandLine.Model.CommandSpec;

/** What {@code evaluate} and {@code experiment} share: a model that generates for an evaluation. */
final class EvaluationJob {
  private EvaluationJob() {}

  /** Runs to the end, or until it is cancelled; run again it continues there. */
  static Results run(
      CommandSpec spec, ModelFolder folder, EvaluationSettings settings, EvaluationRunOptions run) {
    try (EvaluationModel model = EvaluationModel.open(spec, folder, run, run.dtype);
        Autoencoder autoencoder = new Autoencoder(folder)) {
      return new EvaluationRun(
              settings,
              model.generator(),
              shards -> read(shards, model.progress()),
              model.progress(),
              autoencoder)
          .run();
    }
  }

  /** A data set as a whole. */
  static List<CaptionedImage> read(Path name, EvaluationProgress progress) {
    Datasets.Opened data = Datasets.open(name.toString(), EvaluationDataOptions::place);
    Dataset all = data.dataset();
    if (all.isEndless()) {
      throw new InvalidRequestException(
          name + " has no end; say how many scenes to evaluate on, as " + counted(name));
    }
    progress.note(name + ": " + data.summary());
    return IntStream.range(0, all.size()).parallel().mapToObj(all::get).toList();
  }

  private static String counted(Path name) {
    return name + (name.toString().contains(":") ? "," : ":") + "count=1000";
  }
}
