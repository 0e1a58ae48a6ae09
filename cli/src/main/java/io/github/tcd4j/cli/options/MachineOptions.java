package io.github.tcd4j.cli.options;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What it is computed with; the last bits of a picture depend on all of it. */
public final class MachineOptions {
  @Option(
      names = "--dtype",
      paramLabel = "f32|bf16|f16",
      description = {
        "Precision of the U-Net and the autoencoder. Default: f32.",
        "bf16 takes half the memory, and half the time where the processor supports it; f16 on a CPU"
            + " takes half the memory and computes in f32."
      })
  public @Nullable DType dtype;

  @Option(
      names = "--device",
      paramLabel = "cpu|cuda[:N]|mps",
      converter = DeviceConverter.class,
      description = "Device to compute on. Default: cpu.")
  public @Nullable Device device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Processor cores to use. Default: all.")
  public @Nullable Integer threads;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Largest batch. Default: by image size, at most 16.")
  public @Nullable Integer batch;

  @Option(
      names = "--keep",
      description =
          "Keep all networks in memory from prompt to prompt, and write each batch as soon as it is generated."
              + " Default: each network is read when it is needed and freed after, which takes the"
              + " least memory, so that the first picture comes when all are sampled.")
  boolean keep;

  @Option(
      names = "--vae-tiling",
      description =
          "Let the autoencoder work in overlapping tiles on large pictures: far less memory, and a"
              + " slightly other picture.")
  public boolean tiling;

  /** Reads a device. */
  public static final class DeviceConverter implements ITypeConverter<Device> {
    @Override
    public Device convert(String text) {
      try {
        return Device.parse(text);
      } catch (InvalidRequestException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }

  /** Whether anything was chosen that a picture's own settings say too. */
  public boolean any() {
    return dtype != null || tiling || device != null || threads != null;
  }

  public TextToImage model(ModelFolder folder, Device on) {
    return keep ? TextToImage.load(folder, on) : TextToImage.inTurn(folder, on);
  }

  public Device device() {
    return device == null ? Device.CPU : device;
  }

  public Request.Builder apply(Request.Builder request) {
    return request
        .dtype(dtype == null ? DType.F32 : dtype)
        .tiling(tiling)
        .threads(threads)
        .batch(batch);
  }
}
