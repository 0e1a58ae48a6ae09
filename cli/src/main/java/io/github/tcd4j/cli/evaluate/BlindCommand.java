package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.options.EmbeddedModel;
import io.github.tcd4j.cli.options.GuidanceConverter;
import io.github.tcd4j.cli.options.ModelOptions;
import io.github.tcd4j.evaluation.dataset.CaptionSource;
import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.experiment.BlindSheets;
import io.github.tcd4j.evaluation.experiment.BlindTrial;
import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.generate.ImageCache;
import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code tcd4j experiment blind}: pictures of two methods, judged before it is known whose they
 * are.
 */
@Command(
    name = "blind",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    description = {
      "Mix pictures of TCD in few steps and of the teacher in many on numbered sheets, to be judged"
          + " one by one before it is looked up which is which.",
      "Writes sheet-N.png, form.csv to fill in (how many things are missing or wrong, 0 for none)"
          + " and key.csv; --join gives each method's share of pictures with a fault."
    },
    footer = {
      "",
      "Examples:",
      "  tcd4j experiment blind -o runs/blind",
      "  tcd4j experiment blind --join runs/blind"
    })
final class BlindCommand implements Callable<Integer> {
  private static final String FORM = "form.csv";
  private static final String KEY = "key.csv";

  @Spec CommandSpec spec;

  @Option(
      names = {"-m", "--model"},
      paramLabel = ModelOptions.LABEL,
      description = "The teacher.")
  String model = ModelOptions.EMBEDDED;

  @Option(
      names = {"-l", "--lora"},
      paramLabel = "FILE",
      description = "LoRA of TCD, FILE[:WEIGHT] or a name of the model's own.")
  String lora = "tcd";

  @Option(
      names = "--captions",
      paramLabel = "SHARDS|SCENES|TXT",
      description =
          "Captions, of which the first --count are used (default: emoji/data/validation, of scenes"
              + " held-out pairs).")
  @Nullable String captions;

  @Option(names = "--count", paramLabel = "N", description = "Pictures of each method.")
  int count = 64;

  @Option(names = "--steps", paramLabel = "N", description = "Steps of TCD.")
  int steps = 4;

  @Option(names = "--teacher-steps", paramLabel = "N", description = "Steps of the teacher's DDIM.")
  int teacherSteps = 25;

  @Option(
      names = "--guidance",
      paramLabel = "X|off",
      converter = GuidanceConverter.class,
      description = "Of the teacher; give its best (default: off, of scenes 2).")
  @Nullable Double guidance;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Sheets, form, key and pictures.")
  Path output = Path.of("runs", "blind");

  @Option(
      names = "--join",
      paramLabel = "DIR",
      description = "Read the form that was filled in and the key in DIR, and print the shares.")
  @Nullable Path joined;

  @Mixin ImageSetOptions images = new ImageSetOptions();

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (joined != null) {
      out.print(BlindTrial.ofKey(read(joined, KEY)).join(read(joined, FORM)));
      out.flush();
      return ExitCode.OK;
    }
    if (count < 1) {
      throw new InvalidRequestException("--count must be at least 1 but was " + count);
    }
    if (Files.exists(output.resolve(FORM))) {
      throw new InvalidRequestException(
          output.resolve(FORM)
              + " is there already and may have been filled in; give another folder by --output");
    }
    Files.createDirectories(output);
    BlindSheets sheets = sheets();
    int number = 1;
    for (Image sheet : sheets.render()) {
      PngWriter.write(output.resolve("sheet-" + number++ + ".png"), sheet, Map.of());
    }
    AtomicFile.write(output.resolve(KEY), sheets.trial().key());
    AtomicFile.write(output.resolve(FORM), sheets.trial().form());
    out.println("judge " + output.resolve(FORM) + " by the sheets, then: --join " + output);
    out.flush();
    return ExitCode.OK;
  }

  private BlindSheets sheets() {
    EmbeddedModel usual = EmbeddedModel.suiting(model);
    String named = captions == null ? usual.data().captions() : captions;
    double scale = guidance == null ? usual.guidance().best() : guidance;
    ModelFolder folder = new ModelOptions().folder(model);
    LoraSpec distilled = LoraSpec.parse(lora);
    folder.lora(distilled.name());
    try (EvaluationModel opened = EvaluationModel.open(spec, folder, images)) {
      EvaluationProgress progress = opened.progress();
      Path source = EvaluationDataOptions.place(named);
      List<String> all =
          CaptionSource.read(source, p -> EvaluationJob.read(p, progress)).captions();
      List<String> chosen = all.subList(0, Math.min(count, all.size()));
      if (chosen.size() < count) {
        progress.note(named + " has " + chosen.size() + " captions only");
      }
      List<EvaluationPoint> points =
          List.of(
              new EvaluationPoint("TCD", "tcd", steps, 1.0, null, null, List.of(distilled), null),
              new EvaluationPoint(
                  "teacher", "ddim", teacherSteps, scale, null, "trailing", List.of(), null));
      ImageCache cache = new ImageCache(output.resolve("pictures"), images.batch);
      Map<String, ImageSet> pictures = new LinkedHashMap<>();
      for (EvaluationPoint point : points) {
        EvaluationPoint settled = opened.generator().settle(point);
        progress.started(settled, pictures.size() + 1, points.size());
        // Of other noise each: the pictures of one caption must not be known by their likeness.
        Prompts own =
            new Prompts("blind", chosen, images.seed + (long) pictures.size() * chosen.size());
        pictures.put(
            point.label() + ", " + point.steps() + " steps",
            cache.pictures(settled, own, opened.generator(), progress::generated));
      }
      List<String> methods = List.copyOf(pictures.keySet());
      return new BlindSheets(BlindTrial.mix(methods, chosen, images.seed), pictures);
    }
  }

  private static String read(Path folder, String name) throws IOException {
    Path file = folder.resolve(name);
    try {
      return Files.readString(file).replace("\uFEFF", "");
    } catch (NoSuchFileException e) {
      throw new InvalidRequestException(file + " is missing; make the sheets first", e);
    }
  }
}
