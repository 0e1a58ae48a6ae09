package io.github.tcd4j.pipeline.metadata;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.tensor.DType;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a request is computed; the last bits of a picture depend on it.
 *
 * @param dtype of the weights of U-Net and autoencoder: F32; BF16, which also computes where the
 *     processor is faster in it; F16, which a CPU only stores them in
 * @param tiling whether the autoencoder works in tiles, see {@link AutoencoderKL#tiled}
 * @param threads that one operation may use, at least 1; null, in a request only, for as many as
 *     usual
 */
public record ComputeSettings(DType dtype, boolean tiling, @Nullable Integer threads) {
  /** Float32, no tiles, the usual threads. */
  public static final ComputeSettings USUAL = new ComputeSettings(DType.F32, false, null);

  /**
   * Checks the values.
   *
   * @throws InvalidRequestException if the type is none of the three, or threads below 1
   */
  public ComputeSettings {
    atLeastOne("threads", threads);
    if (dtype != DType.F32 && dtype != DType.BF16 && dtype != DType.F16) {
      throw new InvalidRequestException(
          "dtype must be f32, bf16 or f16 but was " + dtype.name().toLowerCase(Locale.ROOT));
    }
  }

  static void atLeastOne(String name, @Nullable Integer value) {
    if (value != null && value < 1) {
      throw new InvalidRequestException(name + " must be at least 1 but was " + value);
    }
  }

  public ComputeSettings withDtype(DType type) {
    return new ComputeSettings(type, tiling, threads);
  }

  public ComputeSettings withTiling(boolean on) {
    return new ComputeSettings(dtype, on, threads);
  }

  public ComputeSettings withThreads(@Nullable Integer n) {
    return new ComputeSettings(dtype, tiling, n);
  }
}
