package io.github.tcd4j.data.scenes;

import io.github.tcd4j.data.SplitMix64;

/** Patterns of two colours, in units of a scene; edges are a unit wide, so they are not jagged. */
enum Texture {
  STRIPES {
    @Override
    double at(double u, double v) {
      return bar(u, 9, 4.5);
    }
  },
  CHECKS {
    @Override
    double at(double u, double v) {
      double a = bar(u, 16, 8);
      double b = bar(v, 16, 8);
      return a + b - 2 * a * b;
    }
  },
  DOTS {
    @Override
    double at(double u, double v) {
      double x = part(u, 12) - 6;
      double y = part(v, 12) - 6;
      return edge(3 - Math.sqrt(x * x + y * y));
    }
  },
  WAVES {
    @Override
    double at(double u, double v) {
      // A parabola up and one down look like a sine, at the cost of none.
      double x = part(u, 20) / 10 - 1;
      double wave = 4 * x * (1 - Math.abs(x));
      return bar(v + 2.5 * wave, 10, 5);
    }
  },
  BRICKS {
    @Override
    double at(double u, double v) {
      boolean odd = part(v, 16) >= 8;
      double across = part(u + (odd ? 8 : 0), 16);
      double up = part(v, 8);
      double mortar = Math.min(Math.min(across, 16 - across), Math.min(up, 8 - up));
      return edge(0.75 - mortar);
    }
  },
  CLOUDED {
    @Override
    double at(double u, double v) {
      return 0.65 * noise(u / 13, v / 13) + 0.35 * noise(u / 5 + 100, v / 5);
    }
  };

  abstract double at(double u, double v);

  /** What is left of {@code x} after whole periods, in [0, period). */
  private static double part(double x, double period) {
    return x - period * Math.floor(x / period);
  }

  /** 1 inside, 0 outside, with a ramp of one unit. */
  static double edge(double inside) {
    return Math.max(0, Math.min(1, inside + 0.5));
  }

  /** Bars {@code width} wide, one each period. */
  static double bar(double x, double period, double width) {
    double middle = Math.abs(part(x, period) - period / 2);
    return edge(width / 2 - middle);
  }

  /** Value noise: random numbers at whole places, smooth between. */
  static double noise(double x, double y) {
    long left = (long) Math.floor(x);
    long top = (long) Math.floor(y);
    double a = smooth(x - left);
    double b = smooth(y - top);
    double upper = lattice(left, top) * (1 - a) + lattice(left + 1, top) * a;
    double lower = lattice(left, top + 1) * (1 - a) + lattice(left + 1, top + 1) * a;
    return upper * (1 - b) + lower * b;
  }

  private static double smooth(double t) {
    return t * t * (3 - 2 * t);
  }

  private static double lattice(long x, long y) {
    return new SplitMix64(x * 0x1F123BB5L + y * 0x6A09E667L).unit();
  }
}
