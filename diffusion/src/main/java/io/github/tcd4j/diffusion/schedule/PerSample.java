package io.github.tcd4j.diffusion.schedule;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import java.util.function.DoubleUnaryOperator;

/** Values that differ from one row of a batch to the next. */
public final class PerSample {
  private PerSample() {}

  /**
   * {@code f} of each element of t (B), in float64, as a float32 tensor (B, 1, 1, 1) beside t that
   * broadcasts over latents.
   */
  public static Tensor map(Tensor t, DoubleUnaryOperator f) {
    double[] times = t.toDoubleArray();
    float[] values = new float[times.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) f.applyAsDouble(times[i]);
    }
    return Tensor.of(values, values.length, 1, 1, 1).to(t.device());
  }

  /** {@code rows} (B) as (B, 1, 1, 1). */
  public static Tensor broadcast(Tensor rows) {
    return rows.reshape(rows.size(0), 1, 1, 1);
  }

  /** One time for every row of {@code x}: float32 (B), beside x. */
  public static Tensor same(double t, Tensor x) {
    return Tensor.full(t, DType.F32, x.size(0)).to(x.device());
  }
}
