package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.evaluation.measure.Resampling;
import io.github.tcd4j.tensor.DType;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where to, and how exactly. */
final class EvaluationRunOptions extends ImageSetOptions {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description =
          "Tables, plots, pictures and features (default: runs/evaluation, runs/experiments).")
  @Nullable Path output;

  @Option(
      names = "--dtype",
      paramLabel = "f32|bf16|f16",
      description = "Precision of the U-Net and the autoencoder; measures compute in f32.")
  DType dtype = DType.F32;

  @Option(names = "--resamples", paramLabel = "N", description = "Number of bootstrap resamples.")
  int resamples = 1000;

  @Option(
      names = "--fd-resamples",
      paramLabel = "N",
      description = "The same for FD, which is slower.")
  int momentResamples = 200;

  @Option(
      names = "--sheets",
      description = "Also write a contact sheet of all images of --captions for each row.")
  boolean sheets;

  Resampling resampling() {
    return new Resampling(resamples, momentResamples);
  }

  Path output(String absent) {
    return output == null ? Path.of("runs", absent) : output;
  }
}
