package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.console.SettingsLine;
import io.github.tcd4j.cli.options.EmbeddedModel;
import io.github.tcd4j.cli.options.GuidanceConverter;
import io.github.tcd4j.cli.options.ModelOptions;
import io.github.tcd4j.evaluation.dataset.EvaluationData;
import io.github.tcd4j.evaluation.experiment.EvaluationOutput;
import io.github.tcd4j.evaluation.experiment.EvaluationSettings;
import io.github.tcd4j.evaluation.experiment.GuidanceSweep;
import io.github.tcd4j.evaluation.experiment.MeasureSelection;
import io.github.tcd4j.evaluation.experiment.PairMeasure;
import io.github.tcd4j.evaluation.generate.SamplerConfig;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.evaluation.paper.PaperExperiment;
import io.github.tcd4j.evaluation.paper.PaperReport;
import io.github.tcd4j.evaluation.score.ReferenceSource;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tcd4j experiment}: a table or figure of the paper, made again on a model. */
@Command(
    name = "experiment",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    subcommands = {GateCommand.class, AdaptersCommand.class, BlindCommand.class},
    description = {
      "Make a table or figure of the paper again on a model, in the paper's own form, with the"
          + " paper's numbers for comparison.",
      "Writes Markdown, CSV, plots and one self-contained HTML page; run again with the same"
          + " settings it continues where it was stopped."
    },
    footer = {
      "",
      "Examples:",
      "  tcd4j experiment table1 --limit 20      # in a minute, to see the format",
      "  tcd4j experiment gamma --steps 4,8",
      "  tcd4j experiment table1 -m sdxl -l tcd=tcd.safetensors --captions coco:captions_val2017.json"
          + " --reference val2017 --weights weights",
      "  tcd4j experiment table2 --lora tcf2=runs/tcf2/final/tcd.safetensors"
    })
public final class ExperimentCommand implements Callable<Integer> {
  /** FD and KID of fewer pictures are meaningless. */
  private static final int LEAST_FOR_DISTANCES = 20;

  /** The names of the experiments, for help and completion. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(PaperExperiment.values()).map(PaperExperiment::key).iterator();
    }
  }

  @Spec CommandSpec spec;

  @Parameters(
      paramLabel = "EXPERIMENT",
      arity = "0..1", // There is none before a subcommand.
      completionCandidates = Names.class,
      description = "One of ${COMPLETION-CANDIDATES}; or the command gate, adapters or blind.")
  @Nullable String name;

  @Option(
      names = {"-m", "--model"},
      paramLabel = ModelOptions.LABEL,
      description = "Model to generate with.")
  String model = ModelOptions.EMBEDDED;

  @Option(
      names = {"-l", "--lora"},
      paramLabel = "NAME=FILE",
      description =
          "The LoRA of a NAME, FILE[:WEIGHT]; repeatable. Names are lcm, tcd, and for table2 tcf2 and"
              + " tcfs. Default: the model's own of that name; rows without one are left out.")
  Map<String, String> loras = new LinkedHashMap<>();

  @Option(
      names = "--steps",
      paramLabel = "LIST",
      split = ",",
      description = "Numbers of steps (default: the paper's).")
  @Nullable List<Integer> steps;

  @Option(
      names = "--guidance",
      paramLabel = "X|off",
      converter = GuidanceConverter.class,
      description = "Guidance scale of the solvers (default: 3, of scenes 2).")
  @Nullable Double guidance;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description =
          "At most N images per cell, for a trial; below 20 without FD and KID (default: all captions,"
              + " and --pictures for FD and KID).")
  @Nullable Integer limit;

  @Option(
      names = "--sampler",
      paramLabel = "LIST",
      split = ",",
      description = "Only the rows of these samplers, as tcd,lcm (default: all).")
  List<String> only = List.of();

  @Option(
      names = "--no-control",
      description = "Without the rows of distilled networks' samplers on the model without a LoRA.")
  boolean noControl;

  @ArgGroup(validate = false, heading = "%nData%n", order = 1)
  EvaluationDataOptions data = new EvaluationDataOptions();

  @ArgGroup(validate = false, heading = "%nMeasures%n", order = 2)
  MeasureOptions measures = new MeasureOptions();

  @ArgGroup(validate = false, heading = "%nRun%n", order = 3)
  EvaluationRunOptions run = new EvaluationRunOptions();

  @Override
  public Integer call() {
    if (name == null) {
      throw new ParameterException(spec.commandLine(), "Missing required parameter: 'EXPERIMENT'");
    }
    PaperExperiment experiment = PaperExperiment.named(name);
    ModelOptions choice = new ModelOptions();
    choice.model = model;
    ModelFolder folder = choice.folder(model);
    data.suit(model);
    List<SamplerConfig> samplers = experiment.samplers(chosen(experiment, folder), guidance());
    if (samplers.isEmpty()) {
      throw new InvalidRequestException(
          "experiment "
              + name
              + " needs one of the LoRAs "
              + experiment.loras()
              + " but the model has none of them; give it with --lora NAME=FILE");
    }
    samplers = rows(samplers);
    Path output = run.output("experiments");
    EvaluationSettings settings = settings(experiment, folder, samplers, output);
    Results results = EvaluationJob.run(spec, folder, settings, run);
    PaperReport report = new PaperReport(experiment, results, about(settings));
    Path page = report.write(settings.output().folder());
    spec.commandLine().getOut().println(report.summary());
    spec.commandLine().getOut().println("page: " + page);
    spec.commandLine().getOut().flush();
    return ExitCode.OK;
  }

  /** The rows that are wanted. */
  private List<SamplerConfig> rows(List<SamplerConfig> all) {
    List<SamplerConfig> rows =
        all.stream()
            .filter(c -> only.isEmpty() || only.contains(c.sampler()))
            .filter(c -> !noControl || !c.isControl())
            .toList();
    for (String sampler : only) {
      if (all.stream().noneMatch(c -> c.sampler().equals(sampler))) {
        throw new InvalidRequestException(
            "--sampler of "
                + name
                + " must name some of "
                + all.stream().map(SamplerConfig::sampler).distinct().toList()
                + " but named "
                + sampler);
      }
    }
    return rows;
  }

  private Map<String, LoraSpec> chosen(PaperExperiment experiment, ModelFolder folder) {
    for (String named : loras.keySet()) {
      if (!experiment.loras().contains(named)) {
        throw new InvalidRequestException(
            "--lora of "
                + name
                + " must name one of "
                + experiment.loras()
                + " but named "
                + named);
      }
    }
    Map<String, LoraSpec> chosen = new LinkedHashMap<>();
    for (String wanted : experiment.loras()) {
      String file = loras.get(wanted);
      if (file != null) {
        LoraSpec lora = LoraSpec.parse(file);
        folder.lora(lora.name());
        chosen.put(wanted, lora);
      } else if (own(folder, wanted)) {
        chosen.put(wanted, new LoraSpec(wanted, 1));
      } else {
        note("the model has no LoRA " + wanted + "; rows that need it are omitted");
      }
    }
    return chosen;
  }

  private static boolean own(ModelFolder folder, String lora) {
    return Files.isRegularFile(folder.root().resolve("loras").resolve(lora + ".safetensors"));
  }

  private EvaluationSettings settings(
      PaperExperiment experiment, ModelFolder folder, List<SamplerConfig> samplers, Path output) {
    int pictures = limit == null ? data.pictures() : Math.min(limit, data.pictures());
    ReferenceSource files = data.files(measures);
    MeasureSelection selection =
        measures.selection(
            data.coco() || files != null,
            files,
            data.shards() != null && pictures >= LEAST_FOR_DISTANCES,
            run.device.requireAvailable(),
            this::note);
    if (pictures < LEAST_FOR_DISTANCES && selection.pair().contains(PairMeasure.DISTANCE)) {
      note("FD and KID need at least " + LEAST_FOR_DISTANCES + " pictures and are left out");
    }
    if (pictures < LEAST_FOR_DISTANCES) {
      pictures = 0;
    }
    boolean distances = data.shards() != null && pictures > 0;
    return new EvaluationSettings(
        data.pair(folder),
        selection,
        samplers,
        steps == null ? experiment.steps() : steps,
        // Nothing is swept: the guidance is one.
        new GuidanceSweep(1, LEAST_FOR_DISTANCES),
        new EvaluationData(
            distances ? data.shards() : null,
            distances ? pictures : 0,
            data.captions(),
            limit,
            data.candidates()),
        run.resampling(),
        run.seed,
        run.batch,
        new EvaluationOutput(
            output.resolve(experiment.key()), output, run.sheets, experiment.axis()));
  }

  private String about(EvaluationSettings settings) {
    String captions = limit == null ? "all captions" : "at most " + limit + " captions";
    String distances =
        settings.material().pictures() == 0
            ? ""
            : ", " + settings.material().pictures() + " pictures for FD and KID";
    return ("Model " + model + ", " + captions + " of " + data.captionsName() + distances)
        + (", seed "
            + run.seed
            + ", guidance of the solvers "
            + SettingsLine.number(guidance())
            + ".");
  }

  private double guidance() {
    return guidance == null ? EmbeddedModel.suiting(model).guidance().experiment() : guidance;
  }

  private void note(String text) {
    spec.commandLine().getErr().println("note: " + text);
    spec.commandLine().getErr().flush();
  }
}
