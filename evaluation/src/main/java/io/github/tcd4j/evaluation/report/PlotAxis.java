package io.github.tcd4j.evaluation.report;

import java.util.function.DoubleUnaryOperator;

/** What a {@link Plot} is drawn against. */
public enum PlotAxis {
  /** Each doubling takes the same room. */
  EVALUATIONS("network evaluations", 1, v -> Math.log(v) / Math.log(2)),
  /** From 0, where nothing of a step is drawn afresh, to 1. */
  GAMMA("gamma", 0, v -> v);

  private final String title;
  private final double least;
  private final DoubleUnaryOperator place;

  PlotAxis(String title, double least, DoubleUnaryOperator place) {
    this.title = title;
    this.least = least;
    this.place = place;
  }

  String title() {
    return title;
  }

  /** The least value that can stand on it. */
  double least() {
    return least;
  }

  /** Where on the axis a value lies. */
  double place(double value) {
    return place.applyAsDouble(value);
  }

  /** A value as it is written below the axis. */
  static String label(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
