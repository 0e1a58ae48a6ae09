package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.options.ModelOptions;
import io.github.tcd4j.evaluation.dataset.EvaluationData;
import io.github.tcd4j.evaluation.experiment.EvaluationOutput;
import io.github.tcd4j.evaluation.experiment.EvaluationSettings;
import io.github.tcd4j.evaluation.experiment.GuidanceSweep;
import io.github.tcd4j.evaluation.experiment.MeasureSelection;
import io.github.tcd4j.evaluation.generate.SamplerConfig;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.evaluation.score.ReferenceSource;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tcd4j evaluate}: measures samplers at several numbers of steps. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    subcommands = PicturesCommand.class,
    description = {
      "Measure how good a model's pictures are: Fréchet and kernel distance from real pictures,"
          + " CLIP score, retrieval of the own caption, complexity.",
      "Writes tables (Markdown, CSV) and plots; run again with the same settings it continues where"
          + " it was stopped."
    })
public final class EvaluateCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Option(
      names = {"-m", "--model"},
      paramLabel = ModelOptions.LABEL,
      description = "Model to measure.")
  String model = ModelOptions.EMBEDDED;

  @ArgGroup(validate = false, heading = "%nSamplers%n", order = 1)
  SamplerOptions sampling = new SamplerOptions();

  @ArgGroup(validate = false, heading = "%nData%n", order = 2)
  EvaluationDataOptions data = new EvaluationDataOptions();

  @ArgGroup(validate = false, heading = "%nMeasures%n", order = 3)
  MeasureOptions measures = new MeasureOptions();

  @ArgGroup(validate = false, heading = "%nRun%n", order = 4)
  EvaluationRunOptions run = new EvaluationRunOptions();

  @Override
  public Integer call() {
    ModelOptions choice = new ModelOptions();
    choice.model = model;
    ModelFolder folder = choice.folder(model);
    data.suit(model);
    List<SamplerConfig> all = sampling.configs();
    all.forEach(c -> c.loras().forEach(lora -> folder.lora(lora.name())));
    Path output = run.output("evaluation");
    EvaluationSettings settings = settings(folder, all, output);
    Results results = EvaluationJob.run(spec, folder, settings, run);
    spec.commandLine().getOut().println(results.table().markdown());
    spec.commandLine().getOut().println("tables, plots and pictures: " + output);
    spec.commandLine().getOut().flush();
    return ExitCode.OK;
  }

  private EvaluationSettings settings(ModelFolder folder, List<SamplerConfig> all, Path output) {
    MeasureSelection selection = selection();
    boolean swept = all.stream().anyMatch(c -> c.guidances().size() > 1);
    if (swept && selection.pair().isEmpty() && !Files.isDirectory(data.pair(folder))) {
      throw new InvalidRequestException(
          "guidance scales are compared in a text-image pair and there is none at "
              + data.pair(folder)
              + "; give one by --guidance X");
    }
    return new EvaluationSettings(
        data.pair(folder),
        selection,
        all,
        sampling.steps,
        new GuidanceSweep(sampling.sweepSteps, sampling.sweepPictures),
        new EvaluationData(
            data.shards(),
            data.shards() == null ? 0 : data.pictures(),
            data.captions(),
            null,
            data.candidates()),
        run.resampling(),
        run.seed,
        run.batch,
        EvaluationOutput.in(output).withSheets(run.sheets));
  }

  private MeasureSelection selection() {
    ReferenceSource files = data.files(measures);
    return measures.selection(
        data.coco() || files != null,
        files,
        data.shards() != null && data.pictures() > 0,
        run.device.requireAvailable(),
        text -> spec.commandLine().getErr().println("note: " + text));
  }
}
