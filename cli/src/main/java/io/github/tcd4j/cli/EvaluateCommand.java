package io.github.tcd4j.cli;

import io.github.tcd4j.evaluation.Contender;
import io.github.tcd4j.evaluation.EvaluationRun;
import io.github.tcd4j.evaluation.EvaluationSettings;
import io.github.tcd4j.evaluation.GuidanceSweep;
import io.github.tcd4j.evaluation.PipelinePainter;
import io.github.tcd4j.evaluation.Results;
import io.github.tcd4j.pipeline.ModelFolder;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
    description = {
      "Measure how good a model's pictures are: Fréchet and kernel distance from real pictures,"
          + " CLIP score, retrieval of the own caption, complexity.",
      "Writes tables (Markdown, CSV) and plots; run again with the same settings it goes on where"
          + " it was stopped."
    })
final class EvaluateCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "PATH|" + ModelOptions.EMBEDDED,
      description = "Model to measure.")
  String model = ModelOptions.EMBEDDED;

  @ArgGroup(validate = false, heading = "%nWays to paint%n", order = 1)
  ContenderOptions contenders = new ContenderOptions();

  @ArgGroup(validate = false, heading = "%nData%n", order = 2)
  DataOptions data = new DataOptions();

  @ArgGroup(validate = false, heading = "%nRun%n", order = 3)
  RunOptions run = new RunOptions();

  /** What is painted, and what it is compared with. */
  static final class DataOptions {
    @Option(
        names = "--pair",
        paramLabel = "DIR",
        description = "Text-image pair in whose features it is measured (default: MODEL/pair).")
    @Nullable Path pair;

    @Option(
        names = "--reference",
        paramLabel = "SHARDS|none",
        description = "Real pictures for FD and KID.")
    String reference = "emoji/data/train";

    @Option(
        names = "--captions",
        paramLabel = "SHARDS|TXT",
        description = "What to paint for CLIP score and retrieval: shards, or a caption a line.")
    String captions = "emoji/data/validation";

    @Option(
        names = "--candidates",
        paramLabel = "SHARDS|TXT",
        description = "More captions among which each must be found again; repeatable.")
    List<String> candidates = List.of();

    @Option(
        names = "--pictures",
        paramLabel = "N",
        description = "Captions of the reference to paint for FD and KID; 0 leaves them out.")
    int pictures = 1000;
  }

  /** Where to, and how exactly. */
  static final class RunOptions {
    @Option(
        names = {"-o", "--output"},
        paramLabel = "DIR",
        description = "Tables, plots, pictures and features.")
    Path output = Path.of("runs", "evaluation");

    @Option(names = "--seed", paramLabel = "N", description = "Of pictures and random choices.")
    long seed = 0;

    @Option(names = "--batch", paramLabel = "N", description = "Pictures to paint together.")
    int batch = 32;

    @Option(names = "--resamples", paramLabel = "N", description = "Of the bootstrap.")
    int resamples = 1000;

    @Option(
        names = "--fd-resamples",
        paramLabel = "N",
        description = "Of the bootstrap of FD, which is slower.")
    int momentResamples = 200;

    @Option(
        names = "--sheets",
        description = "Also paint all pictures of --captions on one sheet for each row.")
    boolean sheets;

    @Option(names = "--threads", paramLabel = "N", description = "Processor cores to use.")
    @Nullable Integer threads;
  }

  @Override
  public Integer call() {
    ModelOptions choice = new ModelOptions();
    choice.model = model;
    ModelFolder folder = choice.folder(model);
    List<Contender> all = contenders.contenders();
    all.forEach(c -> c.loras().forEach(lora -> folder.lora(lora.name())));
    EvaluationSettings settings = settings(folder, all);
    if (run.threads != null) {
      Engine.threads(run.threads);
    }
    try (Interrupt interrupt = Interrupt.watch(Duration.ofSeconds(2));
        TextToImage painter = TextToImage.load(folder, Device.CPU);
        EvaluationProgress progress =
            new EvaluationProgress(spec.commandLine().getErr(), interrupt)) {
      PipelinePainter painting = new PipelinePainter(painter, quiet(interrupt));
      Results results =
          new EvaluationRun(settings, painting, new ShardPictures(progress::note), progress).run();
      spec.commandLine().getOut().println(results.table().markdown());
      spec.commandLine().getOut().println("tables, plots and pictures: " + run.output);
      spec.commandLine().getOut().flush();
    }
    return ExitCode.OK;
  }

  private EvaluationSettings settings(ModelFolder folder, List<Contender> all) {
    boolean none = data.reference.equals("none");
    return new EvaluationSettings(
        data.pair == null ? folder.root().resolve("pair") : data.pair,
        all,
        contenders.steps,
        none ? null : place(data.reference),
        place(data.captions),
        data.candidates.stream().map(EvaluateCommand::place).toList(),
        none ? 0 : data.pictures,
        new GuidanceSweep(contenders.sweepSteps, contenders.sweepPictures),
        run.seed,
        run.output,
        run.batch,
        run.resamples,
        run.momentResamples,
        run.sheets);
  }

  /** From the working folder, or where nothing stands there, from that of the installation. */
  private static Path place(String name) {
    Path here = Path.of(name);
    return Files.exists(here) || here.isAbsolute() ? here : Home.folder().resolve(name);
  }

  private static Progress quiet(Interrupt interrupt) {
    return new Progress() {
      @Override
      public void step(int done, int steps) {
        interrupt.check();
      }
    };
  }
}
