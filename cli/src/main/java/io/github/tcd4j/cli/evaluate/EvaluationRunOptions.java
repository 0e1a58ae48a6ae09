package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.cli.options.MachineOptions;
import io.github.tcd4j.cli.options.SeedConverter;
import io.github.tcd4j.evaluation.measure.Resampling;
import io.github.tcd4j.tensor.Device;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where to, and how exactly. */
final class EvaluationRunOptions {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description =
          "Tables, plots, pictures and features (default: runs/evaluation, runs/experiments).")
  @Nullable Path output;

  @Option(
      names = "--seed",
      paramLabel = "N",
      converter = SeedConverter.class,
      description = "Random seed of images and sampling.")
  long seed = 0;

  @Option(names = "--batch", paramLabel = "N", description = "Images per batch.")
  int batch = 32;

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

  @Option(
      names = "--device",
      paramLabel = "cpu|cuda[:N]|mps",
      converter = MachineOptions.DeviceConverter.class,
      description = "Where pictures are generated; they are measured on the processor.")
  Device device = Device.CPU;

  @Option(names = "--threads", paramLabel = "N", description = "Processor cores to use.")
  @Nullable Integer threads;

  Resampling resampling() {
    return new Resampling(resamples, momentResamples);
  }

  Path output(String absent) {
    return output == null ? Path.of("runs", absent) : output;
  }
}
