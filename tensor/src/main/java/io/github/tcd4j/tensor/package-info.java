/**
 * Tensors: the only code of the project that sees libtorch.
 *
 * <p>{@link io.github.tcd4j.tensor.Tensor} is an array with operations, {@link
 * io.github.tcd4j.tensor.Functional} the operations of networks, {@link
 * io.github.tcd4j.tensor.Scope} the owner of native memory, {@link
 * io.github.tcd4j.tensor.RandomSource} random numbers equal to PyTorch's, {@link
 * io.github.tcd4j.tensor.Autograd} gradients, {@link io.github.tcd4j.tensor.AdamW} the optimiser.
 *
 * <p>{@link io.github.tcd4j.tensor.file.SafeTensors} maps files of named tensors and {@link
 * io.github.tcd4j.tensor.file.SafeTensorsWriter} writes them. Such a file is 8 bytes of
 * little-endian header length, that many bytes of JSON (name to type, shape and offsets), then the
 * data without a hole.
 *
 * <p>Nothing here knows of diffusion or of images. Parameters are never null unless marked.
 */
@NullMarked
package io.github.tcd4j.tensor;

import org.jspecify.annotations.NullMarked;
