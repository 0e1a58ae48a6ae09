package io.github.tcd4j.evaluation.metric;

import io.github.tcd4j.evaluation.numpy.NumpyRandom;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;

/**
 * The kernel inception distance of Bińkowski et al. 2018, for features of any network: the unbiased
 * estimate of the squared maximum mean discrepancy under k(a, b) = (a'b / P + 1)^3.
 *
 * <p>With n rows x of the sample and m rows r of the reference it is mean k(x_i, x_j) over i != j,
 * plus mean k(r_i, r_j) over i != j, minus twice mean k(x_i, r_j). Being unbiased it does not
 * depend on the number of pictures, and it may fall below 0 where the two sets are alike. All pairs
 * are used, block by block; {@link #subsets} gives the classical average over small random subsets.
 */
public final class KernelDistance {
  private static final long BLOCK = 512;

  private final Tensor reference;
  private final double within;

  private KernelDistance(Tensor reference, double within) {
    this.reference = reference;
    this.within = within;
  }

  /** The distance to fixed reference features (M, P); belongs to the scope in which it is made. */
  public static KernelDistance to(Tensor reference) {
    long m = atLeastTwo(reference);
    try (Scope scope = Scope.inference()) {
      Tensor r = reference.to(DType.F64).contiguous();
      double pairs = 0;
      for (long start = 0; start < m; start += BLOCK) {
        try (Scope block = Scope.inference()) {
          Tensor rows = r.narrow(0, start, Math.min(BLOCK, m - start));
          pairs += kernel(rows, r).sum().item() - ownKernel(rows).sum().item();
        }
      }
      return new KernelDistance(scope.keep(r), pairs / ((double) m * (m - 1)));
    }
  }

  /** Between two sets of features (N, P) and (M, P). */
  public static double between(Tensor x, Tensor y) {
    try (Scope scope = Scope.inference()) {
      return to(y).from(x);
    }
  }

  /** The distance of features (N, P), N at least 2. */
  public double from(Tensor features) {
    int[] once = new int[Math.toIntExact(atLeastTwo(features))];
    Arrays.fill(once, 1);
    return replicates(features, new int[][] {once})[0];
  }

  /**
   * The distance of features (N, P) with its interval; the reference is fixed. Pairs of one row
   * with its own copy are left out of the resamples, which keeps them unbiased.
   */
  public Estimate estimate(Tensor features, Bootstrap bootstrap) {
    double value = from(features);
    int[][] draws = bootstrap.draws(Math.toIntExact(features.size(0)));
    double[] replicates = replicates(features, draws);
    // A draw of one row alone, which only a handful of pictures can give, has no pairs: NaN.
    return bootstrap.interval(value, replicates);
  }

  /**
   * The classical form: {@code count} distances between random subsets of {@code size} rows of each
   * set, drawn without replacement; their mean is the figure that papers give. The subsets are
   * those of torch-fidelity, which draws them by NumPy's generator, of {@code x} first.
   *
   * @param size at least 2, at most the rows of either set
   */
  public static double[] subsets(Tensor x, Tensor y, int count, int size, int seed) {
    int least = Math.min(Moments.rows(x), Moments.rows(y));
    if (size < 2 || size > least) {
      throw new IllegalArgumentException(
          "subset size must be in [2, " + least + "], the rows there are, but was " + size);
    }
    NumpyRandom random = new NumpyRandom(seed);
    int[][] ofX = new int[count][Math.toIntExact(x.size(0))];
    int[][] ofY = new int[count][Math.toIntExact(y.size(0))];
    for (int i = 0; i < count; i++) {
      choose(random, size, ofX[i]);
      choose(random, size, ofY[i]);
    }
    try (Scope scope = Scope.inference()) {
      Tensor a = x.to(DType.F64).contiguous();
      Tensor b = y.to(DType.F64).contiguous();
      Tensor chosenX = matrix(ofX, a.size(0));
      Tensor chosenY = matrix(ofY, b.size(0));
      double[] withinX = sums(a, chosenX, a, chosenX);
      double[] withinY = sums(b, chosenY, b, chosenY);
      double[] across = sums(a, chosenX, b, chosenY);
      double[] ownX = ownKernel(a).unsqueeze(1).times(chosenX).sum(false, 0).toDoubleArray();
      double[] ownY = ownKernel(b).unsqueeze(1).times(chosenY).sum(false, 0).toDoubleArray();
      double[] distances = new double[count];
      double pairs = (double) size * (size - 1);
      for (int i = 0; i < count; i++) {
        distances[i] =
            (withinX[i] - ownX[i] + withinY[i] - ownY[i]) / pairs
                - 2 * across[i] / ((double) size * size);
      }
      return distances;
    }
  }

  private static void choose(NumpyRandom random, int size, int[] chosen) {
    for (int row : random.choice(chosen.length, size)) {
      chosen[row] = 1;
    }
  }

  /** For each column of the choices the sum of the kernel over all chosen pairs. */
  private static double[] sums(Tensor a, Tensor chosenA, Tensor b, Tensor chosenB) {
    double[] sums = new double[Math.toIntExact(chosenA.size(1))];
    for (long start = 0; start < a.size(0); start += BLOCK) {
      try (Scope block = Scope.inference()) {
        long length = Math.min(BLOCK, a.size(0) - start);
        Tensor part = kernel(a.narrow(0, start, length), b).matmul(chosenB);
        add(sums, part.times(chosenA.narrow(0, start, length)).sum(false, 0));
      }
    }
    return sums;
  }

  /** One distance for each way of counting the rows; no kernel matrix is ever held whole. */
  private double[] replicates(Tensor features, int[][] draws) {
    long n = atLeastTwo(features);
    if (features.size(1) != reference.size(1)) {
      throw new IllegalArgumentException(
          "the sample has "
              + (features.size(1) + " features but the reference has " + reference.size(1)));
    }
    try (Scope scope = Scope.inference()) {
      Tensor x = features.to(DType.F64).contiguous();
      Tensor counts = matrix(draws, n);
      double[] own = new double[draws.length];
      double[] cross = new double[draws.length];
      double[] pairs = new double[draws.length];
      for (long start = 0; start < n; start += BLOCK) {
        try (Scope block = Scope.inference()) {
          long length = Math.min(BLOCK, n - start);
          Tensor rows = x.narrow(0, start, length);
          Tensor c = counts.narrow(0, start, length);
          Tensor self = c.square().times(ownKernel(rows).unsqueeze(1)).sum(false, 0);
          add(own, c.times(kernel(rows, x).matmul(counts)).sum(false, 0).minus(self));
          add(cross, c.times(kernel(rows, reference).mean(true, 1)).sum(false, 0));
          add(pairs, c.times(c.neg().plus(n)).sum(false, 0));
        }
      }
      double[] distances = new double[draws.length];
      for (int i = 0; i < distances.length; i++) {
        distances[i] = own[i] / pairs[i] + within - 2 * cross[i] / n;
      }
      return distances;
    }
  }

  private static void add(double[] sums, Tensor terms) {
    double[] values = terms.toDoubleArray();
    for (int i = 0; i < sums.length; i++) {
      sums[i] += values[i];
    }
  }

  private static Tensor matrix(int[][] draws, long rows) {
    double[] flat = Arrays.stream(draws).flatMapToInt(Arrays::stream).asDoubleStream().toArray();
    return Tensor.of(flat, draws.length, rows).transpose(0, 1).contiguous();
  }

  private static Tensor kernel(Tensor a, Tensor b) {
    return cube(a.matmul(b.transpose(0, 1)), a);
  }

  /** k(a_i, a_i) for each row. */
  private static Tensor ownKernel(Tensor a) {
    return cube(a.square().sum(false, 1), a);
  }

  private static Tensor cube(Tensor products, Tensor a) {
    Tensor base = products.div(a.size(1)).plus(1);
    return base.square().times(base);
  }

  private static long atLeastTwo(Tensor features) {
    long n = Moments.rows(features);
    if (n < 2) {
      throw new IllegalArgumentException(
          "the kernel distance needs at least 2 rows of features but there were " + n);
    }
    return n;
  }
}
