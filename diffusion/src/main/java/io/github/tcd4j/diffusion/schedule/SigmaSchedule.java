package io.github.tcd4j.diffusion.schedule;

/** Ways to spread noise-to-signal ratios between a greatest and a least one, ends included. */
public enum SigmaSchedule {
  /** tau^(1/7) falls linearly (Karras et al. 2022, eq. 5). */
  KARRAS {
    @Override
    double at(double max, double min, double share) {
      double a = Math.pow(max, 1 / 7.0);
      double b = Math.pow(min, 1 / 7.0);
      return Math.pow(a + share * (b - a), 7);
    }
  },
  /** log tau falls linearly: steps of equal size in lambda. */
  UNIFORM_LAMBDA {
    @Override
    double at(double max, double min, double share) {
      return Math.exp(Math.log(max) + share * (Math.log(min) - Math.log(max)));
    }
  };

  abstract double at(double max, double min, double share);

  /** {@code n} ratios from max down to min. */
  public double[] taus(double max, double min, int n) {
    double[] taus = new double[n];
    for (int i = 0; i < n; i++) {
      taus[i] = at(max, min, n == 1 ? 0 : i / (n - 1.0));
    }
    return taus;
  }

  /**
   * The network time of a ratio: linear in log tau between two entries of the table, as all users
   * of these ramps read it, while {@link VpSchedule#timeOf} is linear in tau.
   */
  public static double time(VpSchedule schedule, double tau) {
    int low = (int) Math.min(schedule.timeOf(-Math.log(tau)), schedule.lastTime() - 1);
    double a = Math.log(schedule.tau(low));
    double b = Math.log(schedule.tau(low + 1));
    return low + Math.min(Math.max((Math.log(tau) - a) / (b - a), 0), 1);
  }
}
