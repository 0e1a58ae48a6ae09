package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.console.Interrupt;
import io.github.tcd4j.cli.options.MachineOptions;
import io.github.tcd4j.evaluation.preprocess.FidMode;
import io.github.tcd4j.evaluation.preprocess.PicturePrep;
import io.github.tcd4j.evaluation.score.PictureEvaluation;
import io.github.tcd4j.evaluation.score.PictureRequest;
import io.github.tcd4j.evaluation.score.PictureResults;
import io.github.tcd4j.evaluation.score.output.PictureTables;
import io.github.tcd4j.evaluation.score.output.ResultFiles;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tcd4j evaluate pictures}: measures any folder of pictures. */
@Command(
    name = "pictures",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    description = {
      "Measure a folder of pictures, whatever made them: FID, KID, precision and recall, Inception"
          + " Score, and more with each network whose weights are there.",
      "Writes results.json, pictures.csv, tables, plots and one page; run again it goes on where it"
          + " was stopped."
    },
    footer = {
      "",
      "Examples:",
      "  tcd4j evaluate pictures out --reference photos --measures fid,kid --allow-small",
      "  tcd4j evaluate pictures out --reference stats.npz --measures fid --fid-mode clean",
      "  tcd4j evaluate pictures tcd --compare lcm --reference photos"
    })
final class PicturesCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "Pictures, also in folders within; any sizes.")
  Path pictures = Path.of("");

  @Option(
      names = "--compare",
      paramLabel = "DIR",
      description =
          "A second folder: gives its figures and the differences, paired where names are the same.")
  @Nullable Path compared;

  @Option(
      names = "--reference",
      paramLabel = "DIR|STATS.npz",
      description = "Real pictures, or mean and covariance as pytorch-fid saves them.")
  @Nullable Path reference;

  @Option(
      names = "--reference-prep",
      paramLabel = "none|center-crop:N|resize:N",
      description =
          "What is done to reference pictures first: N pixels on the shorter side, then the middle"
              + " square or all of it.")
  String prep = PicturePrep.NONE.id();

  @Option(
      names = "--captions",
      paramLabel = "FILE",
      description =
          "Captions by name of the picture (.tsv, .jsonl, .json, COCO's too) or in order (.txt).")
  @Nullable String captions;

  @Option(
      names = "--measures",
      paramLabel = "LIST",
      split = ",",
      description =
          "Which of fid, kid, precision-recall, is, fd-efflite0, kid-efflite0,"
              + " precision-recall-efflite0, cmmd, complexity, imagereward, pickscore, clip, hps,"
              + " aesthetic (default: all whose weights and needs"
              + " are there).")
  List<String> measures = List.of();

  @Option(
      names = "--weights",
      paramLabel = "DIR",
      description = "Weights of the networks under their published names; see docs/measures.md.")
  Path weights = Path.of("weights");

  @Option(
      names = "--fid-mode",
      paramLabel = "pytorch-fid|clean|tf1",
      description = "How pictures are resized for Inception; figures of two modes differ.")
  String mode = FidMode.PYTORCH_FID.id();

  @Option(
      names = "--allow-small",
      description = "Give FID of fewer than 2048 pictures too, though it is biased upwards.")
  boolean allowSmall;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Results.")
  Path output = Path.of("runs", "pictures");

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = "What the networks made of pictures (default: cache in --output).")
  @Nullable Path cache;

  @Option(
      names = "--statistics",
      paramLabel = "FILE.npz",
      description = "Also save mean and covariance of the pictures' Inception features.")
  @Nullable Path statistics;

  @Option(names = "--batch", paramLabel = "N", description = "Pictures per batch.")
  int batch = 16;

  @Option(
      names = "--device",
      paramLabel = "cpu|cuda[:N]|mps",
      converter = MachineOptions.DeviceConverter.class,
      description = "Where the networks compute.")
  Device device = Device.CPU;

  @Option(names = "--threads", paramLabel = "N", description = "Processor cores to use.")
  @Nullable Integer threads;

  @Override
  public Integer call() {
    if (threads != null) {
      Engine.threads(threads);
    }
    PictureRequest request =
        new PictureRequest(
            pictures,
            compared,
            reference,
            PicturePrep.parse(prep),
            captions == null ? null : CocoPath.of(captions),
            measures,
            weights,
            FidMode.parse(mode),
            allowSmall,
            output,
            cache == null ? output.resolve("cache") : cache,
            statistics,
            device.requireAvailable(),
            batch);
    PrintWriter out = spec.commandLine().getOut();
    try (Interrupt interrupt = Interrupt.watch(Duration.ofSeconds(2));
        PicturesProgress progress = new PicturesProgress(spec.commandLine().getErr(), interrupt)) {
      PictureResults results = new PictureEvaluation(request, progress).run();
      // The figures first: plots and pages take a moment.
      out.println(PictureTables.table(results).markdown());
      out.flush();
      interrupt.shielded(() -> new ResultFiles(output).write(results));
    }
    out.println("tables, plots and pictures: " + output.resolve("index.html"));
    out.flush();
    return ExitCode.OK;
  }
}
