package io.github.tcd4j.models.lora.delta;

import io.github.tcd4j.models.layers.WeightChange;
import io.github.tcd4j.tensor.Tensor;

/**
 * DoRA (arXiv 2402.09353): the direction of W + change with a learned magnitude m, W' = m (W +
 * change) / ||W + change||. The norm is over what one entry of m stands for: an output row, as peft
 * does it, or an input channel, as older LyCORIS files have it.
 *
 * <p>A user's weight w means what it means in the tool whose format the file has: in peft w x
 * change stands in both places; in LyCORIS' files it is the way from W to W', W + w (W' - W), of
 * either sign.
 *
 * @param change what is added before the norm is taken, with the plain network's weight
 * @param magnitude m, float32: (out, 1, ...) for rows, (1, in, ...) for columns
 * @param rows whether m has an entry for each output, else for each input
 * @param inside whether a user's weight belongs to the change, as peft has it
 * @param strength w of the way from W to W'; 1 where it stands inside
 */
record DoraChange(Additive change, Tensor magnitude, boolean rows, boolean inside, double strength)
    implements WeightChange {
  /** Keeps a row of zeros from becoming NaN; below float32's precision anywhere else. */
  private static final double TINY = 1e-12;

  @Override
  public Tensor applied(Tensor current, Tensor base) {
    Tensor added = change.change(base.shape()).to(base.device());
    Tensor m = magnitude.to(base.device());
    Tensor direction = base.plus(added);
    Tensor norm = direction.square().sum(true, normed()).sqrt();
    // Earlier changes are turned and stretched with the weight, but the norm is the plain one's.
    Tensor whole = current.plus(added).times(m.div(norm.plus(TINY)));
    return strength == 1 ? whole : current.plus(whole.minus(current).times(strength));
  }

  /** The dimensions that one entry of m covers. */
  private long[] normed() {
    long other = rows ? 1 : 0;
    return magnitude.dim() == 2 ? new long[] {other} : new long[] {other, 2, 3};
  }

  @Override
  public DoraChange weighted(double weight) {
    return inside
        ? new DoraChange(change.weighted(weight), magnitude, rows, true, strength)
        : new DoraChange(change, magnitude, rows, false, strength * weight);
  }
}
