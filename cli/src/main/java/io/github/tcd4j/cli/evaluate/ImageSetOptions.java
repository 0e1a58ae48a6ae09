package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.cli.options.MachineOptions;
import io.github.tcd4j.cli.options.SeedConverter;
import io.github.tcd4j.tensor.Device;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the images of an evaluation are generated. */
class ImageSetOptions {
  @Option(
      names = "--seed",
      paramLabel = "N",
      converter = SeedConverter.class,
      description = "Random seed of images and sampling.")
  long seed = 0;

  @Option(names = "--batch", paramLabel = "N", description = "Images per batch.")
  int batch = 32;

  @Option(
      names = "--device",
      paramLabel = "cpu|cuda[:N]|mps",
      converter = MachineOptions.DeviceConverter.class,
      description =
          "Where pictures are generated, and the networks of published measures compute; the pair's"
              + " measures are taken on the processor.")
  Device device = Device.CPU;

  @Option(names = "--threads", paramLabel = "N", description = "Processor cores to use.")
  @Nullable Integer threads;
}
