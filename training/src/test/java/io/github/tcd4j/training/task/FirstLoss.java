package io.github.tcd4j.training.task;

import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.dataset.LatentDataset;
import io.github.tcd4j.training.network.DiffusionNetwork;
import io.github.tcd4j.training.network.Teacher;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * The loss of algorithm 2 on one batch, written out from the U-Nets' outputs: what {@link
 * DistillTask} should come to. The teacher predicts noise; its step is 20 times wide; the distance
 * is pseudo-Huber of c = 0.001.
 *
 * @param dropout share of rows without a caption
 * @param min least guidance scale of the teacher
 * @param max greatest guidance scale
 * @param clean whether all rows go to the clean end, as of a consistency model, or to a destination
 *     that is drawn from the grid
 */
public record FirstLoss(
    LatentDataset corpus, Teacher teacher, double dropout, double min, double max, boolean clean) {
  private static final double C = 1e-3;

  public double of(DiffusionNetwork student, DiffusionNetwork target, int[] rows, long seed) {
    try (RandomSource random = new RandomSource(seed)) {
      int n = rows.length;
      Tensor x0 = corpus.latents(rows, random);
      Tensor tokens = tokens(rows, random);
      double[] i = random.integers(50, n).toDoubleArray();
      Tensor noise = random.normal(x0.shape());
      double[] g = random.uniform(0, 1, n).toDoubleArray();
      Arrays.setAll(g, b -> min + (max - min) * g[b]);
      double[] t = map(i, step -> 20 * step + 19);
      double[] tn = map(i, step -> Math.max(20 * step - 1, 0));
      double[] s = new double[n];
      if (!clean) {
        double[] u = random.uniform(0, 1, n, 1).toDoubleArray();
        Arrays.setAll(s, b -> Math.max(20 * Math.floor(u[b] * (i[b] + 1)) - 1, 0));
      }

      Tensor x = x0.times(alpha(t)).plus(noise.times(sigma(t)));
      Tensor conditional = output(teacher.network(), x, t, s, tokens, g);
      Tensor empty = corpus.empty().tokens().expand(tokens.shape());
      Tensor unconditional = output(teacher.network(), x, t, s, empty, g);
      Tensor guided =
          unconditional.plus(conditional.minus(unconditional).times(rows(map(g, v -> v))));
      Tensor xn = jump(x, guided, t, tn);
      Tensor expected = reached(target, xn, tn, s, tokens, g);
      Tensor predicted = reached(student, x, t, s, tokens, g);
      return predicted.minus(expected).square().plus(C * C).sqrt().minus(C).mean().detach().item();
    }
  }

  /** Which rows lose their caption is drawn first. */
  private Tensor tokens(int[] rows, RandomSource random) {
    Tensor[] tokens = new Tensor[rows.length];
    double[] u = new double[rows.length];
    Arrays.fill(u, 1);
    if (dropout > 0) {
      u = random.uniform(0, 1, rows.length, 1, 1).toDoubleArray();
    }
    for (int b = 0; b < rows.length; b++) {
      tokens[b] =
          u[b] < dropout
              ? corpus.empty().tokens()
              : corpus.captions().tokens().narrow(0, rows[b], 1);
    }
    return Tensor.cat(0, tokens);
  }

  private static Tensor output(
      DiffusionNetwork network, Tensor x, double[] t, double[] s, Tensor tokens, double[] g) {
    return network
        .with(Conditioning.text(tokens))
        .withGuidance(Tensor.of(map(g, v -> v - 1)).to(DType.F32))
        .at(x, Tensor.of(t).to(DType.F32), Tensor.of(s).to(DType.F32))
        .output();
  }

  private Tensor reached(
      DiffusionNetwork network, Tensor x, double[] t, double[] s, Tensor tokens, double[] g) {
    Tensor noise = output(network, x, t, s, tokens, g);
    return clean ? consistency(x, noise, t) : jump(x, noise, t, s);
  }

  /**
   * c_skip x + c_out x0 of released latent consistency models: sigma_data 0.5, times scaled by 10.
   */
  private Tensor consistency(Tensor x, Tensor noise, double[] t) {
    Tensor x0 = x.minus(noise.times(sigma(t))).div(alpha(t));
    double d2 = 0.25;
    Tensor skip = rows(map(t, v -> d2 / (100 * v * v + d2)));
    Tensor out = rows(map(t, v -> 10 * v / Math.sqrt(100 * v * v + d2)));
    return x.times(skip).plus(x0.times(out));
  }

  /** TCF(1), which is the step of DDIM. */
  private Tensor jump(Tensor x, Tensor noise, double[] t, double[] s) {
    Tensor x0 = x.minus(noise.times(sigma(t))).div(alpha(t));
    return x0.times(alpha(s)).plus(noise.times(sigma(s)));
  }

  private Tensor alpha(double[] t) {
    NoiseSchedule schedule = teacher.schedule();
    return rows(map(t, schedule::alpha));
  }

  private Tensor sigma(double[] t) {
    NoiseSchedule schedule = teacher.schedule();
    return rows(map(t, schedule::sigma));
  }

  private static double[] map(double[] values, DoubleUnaryOperator f) {
    return Arrays.stream(values).map(f).toArray();
  }

  private static Tensor rows(double[] values) {
    return Tensor.of(values).to(DType.F32).reshape(values.length, 1, 1, 1);
  }
}
