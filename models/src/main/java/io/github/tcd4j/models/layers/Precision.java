package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * What the matrices and kernels of a network are stored in, and what its linear layers and
 * convolutions compute in. Where these differ, each call converts the weights of its layer. On the
 * CPU norms keep float32 weights and attention is in float32; an NVIDIA GPU does both in {@code
 * arithmetic}, a Mac's the norms.
 *
 * @param storage null for as they are in the file
 * @param arithmetic also the type of the layers' biases
 */
public record Precision(@Nullable DType storage, DType arithmetic) {
  /** Float32 throughout. */
  public static final Precision FULL = new Precision(DType.F32, DType.F32);

  /** The file's own bits, computed with in float32: the numbers of {@link #FULL}. */
  public static final Precision AS_STORED = new Precision(null, DType.F32);
}
