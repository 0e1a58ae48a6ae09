package io.github.tcd4j.models.unet;

import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What other networks add to the features of a U-Net's encoder (diffusers' {@code
 * down_block_additional_residuals} and their like). Each tensor has B rows; sides of 1 are spread.
 *
 * @param skips added to the skip connections, first to last in the order of the down path, once all
 *     down blocks have run, so that these do not see them; empty for none
 * @param mid added to the middle block's output; null for none
 * @param blocks added within the down blocks, one for each, where the next block sees it; one more
 *     is added to the middle block's output if it has its shape; empty for none
 */
public record AdditionalResiduals(List<Tensor> skips, @Nullable Tensor mid, List<Tensor> blocks) {
  /** Nothing is added. */
  public static final AdditionalResiduals NONE =
      new AdditionalResiduals(List.of(), null, List.of());

  public AdditionalResiduals {
    skips = List.copyOf(skips);
    blocks = List.copyOf(blocks);
  }

  /** A ControlNet's: one for each skip connection, and one for the middle block. */
  public static AdditionalResiduals ofControl(List<Tensor> skips, Tensor mid) {
    return new AdditionalResiduals(skips, mid, List.of());
  }

  /** A T2I-Adapter's: one for each down block. */
  public static AdditionalResiduals ofAdapter(List<Tensor> blocks) {
    return new AdditionalResiduals(List.of(), null, blocks);
  }

  /**
   * The sums of both.
   *
   * @throws IllegalArgumentException if they are for U-Nets of different depth
   */
  public AdditionalResiduals plus(AdditionalResiduals o) {
    Tensor middle = mid == null ? o.mid : o.mid == null ? mid : mid.plus(o.mid);
    return new AdditionalResiduals(sum(skips, o.skips), middle, sum(blocks, o.blocks));
  }

  private static List<Tensor> sum(List<Tensor> a, List<Tensor> b) {
    if (a.isEmpty() || b.isEmpty()) {
      return a.isEmpty() ? b : a;
    }
    if (a.size() != b.size()) {
      throw new IllegalArgumentException(
          "residuals of " + a.size() + " and of " + b.size() + " places cannot be added");
    }
    List<Tensor> sums = new ArrayList<>();
    for (int i = 0; i < a.size(); i++) {
      sums.add(a.get(i).plus(b.get(i)));
    }
    return sums;
  }

  /** All rows so many times, one set behind the other. */
  public AdditionalResiduals repeated(long times) {
    return new AdditionalResiduals(
        skips.stream().map(t -> repeated(t, times)).toList(),
        mid == null ? null : repeated(mid, times),
        blocks.stream().map(t -> repeated(t, times)).toList());
  }

  private static Tensor repeated(Tensor t, long times) {
    return times == 1 ? t : t.repeat(times, 1, 1, 1);
  }

  /** With rows of zeros after these, to {@code rows} in all. */
  public AdditionalResiduals zeroPadded(long rows) {
    return new AdditionalResiduals(
        skips.stream().map(t -> padded(t, rows)).toList(),
        mid == null ? null : padded(mid, rows),
        blocks.stream().map(t -> padded(t, rows)).toList());
  }

  private static Tensor padded(Tensor t, long rows) {
    long missing = rows - t.size(0);
    return missing == 0
        ? t
        : Tensor.cat(0, t, t.narrow(0, 0, 1).zerosLike().expand(expanded(t, missing)));
  }

  private static long[] expanded(Tensor t, long rows) {
    long[] shape = t.shape();
    shape[0] = rows;
    return shape;
  }
}
