package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.console.Interrupt;
import io.github.tcd4j.cli.console.QuietProgress;
import io.github.tcd4j.cli.console.SettingsLine;
import io.github.tcd4j.cli.options.MachineOptions;
import io.github.tcd4j.cli.options.ModelOptions;
import io.github.tcd4j.cli.options.SamplingOptions;
import io.github.tcd4j.data.InMemoryDataset;
import io.github.tcd4j.evaluation.adapter.AdapterExperiment;
import io.github.tcd4j.evaluation.adapter.AdapterGenerator;
import io.github.tcd4j.evaluation.adapter.AdapterPictures;
import io.github.tcd4j.evaluation.feature.ClipFeatures;
import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.report.Table;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.ResolvedRequest;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.adapter.OwnAdapters;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.tensor.Scope;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tcd4j experiment adapters}: what ControlNet, IP-Adapter and tiny decoder are worth. */
@Command(
    name = "adapters",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measure the adapters that were trained for a model, each next to the model without it: edge"
          + " agreement with a ControlNet, retrieval of the prompt picture's caption with an"
          + " IP-Adapter, PSNR and time of a tiny autoencoder's decoder.",
      "Writes adapters.md and a CSV of each table."
    })
final class AdaptersCommand implements Callable<Integer> {
  /** Pictures between two lines of progress. */
  private static final int RHYTHM = 10;

  @Spec CommandSpec spec;

  @Option(
      names = "--adapters",
      paramLabel = "DIR",
      description =
          "Folder with controlnet/, ip-adapter/ and tiny-autoencoder/, as the training tasks of these"
              + " names write them; what is missing is left out. Default: MODEL/adapters.")
  @Nullable Path adapters;

  @Option(
      names = "--pair",
      paramLabel = "DIR",
      description = "Text-image pair in whose features captions are found. Default: MODEL/pair.")
  @Nullable Path pair;

  @Option(
      names = "--data",
      paramLabel = "SHARDS",
      description = "Pictures of hints and prompts, held out. Default: emoji/data/validation.")
  String data = "emoji/data/validation";

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "At most so many of them, evenly spread. Default: all.")
  int limit = Integer.MAX_VALUE;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "Images of each, from the seeds SEED, SEED + 1, ... Default: 3.")
  int seeds = 3;

  @Option(names = "--seed", paramLabel = "N", description = "The first of them. Default: 0.")
  long seed = 0;

  @Option(
      names = "--resamples",
      paramLabel = "N",
      description = "Bootstrap resamples of the pictures for the intervals. Default: 1000.")
  int resamples = 1000;

  @ArgGroup(validate = false, heading = "%nModel%n", order = 2)
  ModelOptions model = new ModelOptions();

  @ArgGroup(validate = false, heading = "%nSampling%n", order = 3)
  SamplingOptions sampling = new SamplingOptions();

  @ArgGroup(validate = false, heading = "%nMachine%n", order = 4)
  MachineOptions machine = new MachineOptions();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      order = 10,
      description = "Tables. Default: runs/adapters.")
  Path output = Path.of("runs", "adapters");

  @Override
  public Integer call() throws IOException {
    if (limit < 2 || seeds < 1) {
      throw new InvalidRequestException(
          "--limit must be at least 2 and --seeds at least 1 but were " + limit + ", " + seeds);
    }
    ModelFolder folder = model.folder(ModelOptions.EMBEDDED);
    OwnAdapters own = OwnAdapters.of(folder.root());
    if (adapters != null) {
      own = new OwnAdapters(adapters, folder.root());
    }
    if (own.controlNet().isEmpty()
        && own.ipAdapter().isEmpty()
        && own.tinyAutoencoder().isEmpty()) {
      throw new InvalidRequestException(
          own.folder()
              + " has none of controlnet/, ip-adapter/ and tiny-autoencoder/; train one with a recipe"
              + " of its name, such as recipes/emoji-controlnet.yaml, and copy its final/ there");
    }
    Request request =
        machine
            .apply(sampling.apply(Request.builder("")))
            .seed(seed)
            .loras(model.choices())
            .policy(model.policy())
            .build();
    ResolvedRequest resolved = ResolvedRequest.of(folder, request, machine.device());
    AdapterPictures pictures =
        AdapterPictures.of(InMemoryDataset.read(EvaluationDataOptions.place(data)).images(), limit);
    Map<String, Table> tables;
    try (Interrupt interrupt = Interrupt.watch(Duration.ofSeconds(2));
        TextToImage loaded = TextToImage.load(folder, machine.device());
        Scope scope = Scope.inference();
        ClipFeatures space = ClipFeatures.load(EvaluationDataOptions.pairOf(folder, pair))) {
      PrintWriter err = spec.commandLine().getErr();
      AdapterGenerator generator =
          new AdapterGenerator(
              loaded, request, seeds, new QuietProgress(interrupt, n -> err.println("note: " + n)));
      tables =
          new AdapterExperiment(
                  folder, own, pictures, generator, space, Bootstrap.of(resamples, seed))
              .run(this::report);
    }
    String about =
        ("Model " + folder.name() + ", " + pictures.captions().size() + " pictures of " + data)
            + (", seeds " + seed + " to " + (seed + seeds - 1) + ", ")
            + String.join(", ", SettingsLine.sampling(resolved.settings()))
            + ". Intervals of 95 %, bootstrap over pictures.";
    spec.commandLine().getOut().print(AdapterExperiment.write(output, tables, about));
    spec.commandLine().getOut().flush();
    return ExitCode.OK;
  }

  private void report(String table, int done, int of) {
    if (done % RHYTHM == 0 || done == of) {
      spec.commandLine().getErr().println(table + ": " + done + "/" + of + " pictures");
      spec.commandLine().getErr().flush();
    }
  }
}
