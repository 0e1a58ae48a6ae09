package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.options.EmbeddedModel;
import io.github.tcd4j.cli.options.GuidanceConverter;
import io.github.tcd4j.cli.options.ModelOptions;
import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.data.InMemoryDataset;
import io.github.tcd4j.data.scenes.ScenePairs;
import io.github.tcd4j.data.source.SceneSource;
import io.github.tcd4j.evaluation.experiment.Autoencoder;
import io.github.tcd4j.evaluation.experiment.TeacherGate;
import io.github.tcd4j.evaluation.experiment.TeacherGateRun;
import io.github.tcd4j.evaluation.feature.ClipFeatures;
import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tcd4j experiment gate}: whether a teacher of scenes is worth distilling. */
@Command(
    name = "gate",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    description = {
      "Measure whether a teacher of scenes is worth distilling: few steps must lose much, many must"
          + " be near to real pictures, answers must be many, and none learnt by heart.",
      "Writes gate.md; exits with 1 where a condition fails; run again it goes on where it was."
    })
final class GateCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Option(
      names = {"-m", "--model"},
      required = true,
      paramLabel = "PATH|scenes",
      description = "The teacher, a model folder.")
  String model = "";

  @Option(
      names = "--pair",
      paramLabel = "DIR",
      description =
          "Text-image pair in whose features it is measured (default: MODEL/pair, of scenes"
              + " emoji/pair).")
  @Nullable Path pair;

  @Option(
      names = "--data",
      paramLabel = "SCENES",
      description =
          "The scenes that it was trained on, as its recipe names them (default: scenes; of the"
              + " embedded model its own).")
  @Nullable String data;

  @Option(names = "--captions", paramLabel = "N", description = "Held-out captions.")
  int captions = 5000;

  @Option(
      names = "--diverse",
      paramLabel = "N",
      description = "Captions of which 16 pictures each are generated.")
  int diverse = 50;

  @Option(
      names = "--guidance",
      paramLabel = "X|off",
      converter = GuidanceConverter.class,
      description = "Of the teacher; give its best (default: off, of scenes 2).")
  @Nullable Double guidance;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Result, pictures and features.")
  Path output = Path.of("runs", "gate");

  @Mixin ImageSetOptions images = new ImageSetOptions();

  @Override
  public Integer call() throws IOException {
    EmbeddedModel usual = EmbeddedModel.suiting(model);
    String world = data == null ? usual.data().world() : data;
    double scale = guidance == null ? usual.guidance().best() : guidance;
    TeacherGateRun.Settings settings =
        new TeacherGateRun.Settings(captions, diverse, scale, images.seed, images.batch, output);
    if (!SceneSource.matches(world)) {
      throw new InvalidRequestException("--data of the gate must be scenes but was " + world);
    }
    SceneSource source = SceneSource.parse(world);
    ModelFolder folder = new ModelOptions().folder(model);
    TeacherGate gate;
    try (EvaluationModel opened = EvaluationModel.open(spec, folder, images);
        Autoencoder autoencoder = new Autoencoder(folder);
        Scope scope = Scope.inference();
        ClipFeatures space = ClipFeatures.load(EvaluationDataOptions.pairOf(folder, pair))) {
      gate =
          new TeacherGateRun(
                  settings,
                  world(source),
                  opened.generator(),
                  space,
                  autoencoder,
                  opened.progress())
              .run();
    }
    Files.createDirectories(output);
    AtomicFile.write(output.resolve("gate.md"), gate.markdown());
    spec.commandLine().getOut().print(gate.markdown());
    spec.commandLine().getOut().flush();
    return gate.passed() ? ExitCode.OK : ExitCode.FAILED;
  }

  /** Held-out scenes of a draw, those of the teacher's stream, and others of its captions. */
  private static TeacherGateRun.World world(SceneSource source) {
    Dataset drawings = InMemoryDataset.read(EvaluationDataOptions.place(source.artwork()));
    // Draws of the gate lie beyond that of the teacher's stream.
    return new TeacherGateRun.World(
        i -> source.with(ScenePairs.Split.HELD_OUT, source.draw() + 1 + i).compose(drawings),
        source.with(ScenePairs.Split.TRAINING, source.draw()).compose(drawings),
        source.with(ScenePairs.Split.TRAINING, source.draw() + 1).compose(drawings));
  }
}
