package io.github.tcd4j.models.vae;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A large map in tiles that overlap by a quarter, each through the network alone, joined by linear
 * blending over the overlap (diffusers' {@code AutoencoderKL.tiled_decode} and {@code
 * _tiled_encode}). Memory is that of one tile whatever the size; the network sees no further than
 * its tile, so that the result is not that of the whole map.
 *
 * @param tile side of a tile before the network
 * @param step from one tile to the next
 * @param blend width of the blended strip after the network
 * @param used side of what is taken of a tile after the network
 */
record Tiling(int tile, int step, int blend, int used) {
  private static final double OVERLAP = 0.25;

  /** From latents to pixels, in tiles of the size that the network was trained for. */
  static Tiling decoding(AutoencoderKLConfig config) {
    return of(config.sampleSize() / config.downscale(), config.sampleSize());
  }

  /** From pixels to latents. */
  static Tiling encoding(AutoencoderKLConfig config) {
    return of(config.sampleSize(), config.sampleSize() / config.downscale());
  }

  private static Tiling of(int before, int after) {
    int blend = (int) (after * OVERLAP);
    int step = (int) (before * (1 - OVERLAP));
    return new Tiling(before, Math.max(1, step), blend, after - blend);
  }

  /** Whether a map (B, C, H, W) is larger than one tile. */
  boolean divides(Tensor x) {
    return x.size(2) > tile || x.size(3) > tile;
  }

  /** The whole map through {@code network}, tile by tile. */
  Tensor through(Tensor x, UnaryOperator<Tensor> network) {
    return Scope.result(
        () -> {
          List<Tensor> strips = new ArrayList<>();
          List<Tensor> above = List.of();
          for (long i = 0; i < x.size(2); i += step) {
            above = row(x, i, above, network);
            Tensor[] cut = above.stream().map(this::cut).toArray(Tensor[]::new);
            strips.add(Tensor.cat(3, cut));
          }
          return Tensor.cat(2, strips.toArray(Tensor[]::new));
        });
  }

  private List<Tensor> row(Tensor x, long i, List<Tensor> above, UnaryOperator<Tensor> network) {
    List<Tensor> row = new ArrayList<>();
    for (long j = 0; j < x.size(3); j += step) {
      Tensor part = part(part(x, 2, i), 3, j);
      Tensor made = Scope.result(() -> network.apply(part));
      Tensor joined = above.isEmpty() ? made : blended(2, above.get(row.size()), made);
      row.add(row.isEmpty() ? joined : blended(3, row.get(row.size() - 1), joined));
    }
    return row;
  }

  private Tensor part(Tensor x, int d, long start) {
    return x.narrow(d, start, Math.min(tile, x.size(d) - start));
  }

  private Tensor cut(Tensor made) {
    return made.narrow(2, 0, Math.min(used, made.size(2)))
        .narrow(3, 0, Math.min(used, made.size(3)));
  }

  /**
   * {@code b} with its first rows (d = 2) or columns (d = 3) faded in from the last of {@code a}.
   */
  private Tensor blended(int d, Tensor a, Tensor b) {
    long n = Math.min(blend, Math.min(a.size(d), b.size(d)));
    if (n == 0) {
      return b;
    }
    Tensor ramp = Tensor.arange(n).to(DType.F32).div(n).to(b.device());
    Tensor in = d == 2 ? ramp.reshape(n, 1) : ramp;
    Tensor faded = a.narrow(d, a.size(d) - n, n).times(in.neg().plus(1));
    Tensor mixed = faded.plus(b.narrow(d, 0, n).times(in));
    return Tensor.cat(d, mixed, b.narrow(d, n, b.size(d) - n));
  }
}
