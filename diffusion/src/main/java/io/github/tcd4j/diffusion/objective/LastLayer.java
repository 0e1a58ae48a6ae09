package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;

/**
 * How much the terms of a loss pull at the weight of the student's last layer, by which they are
 * balanced (Esser et al. 2021, eq. 7; Kim et al. 2023).
 *
 * @param weight of that layer
 */
record LastLayer(Tensor weight) {
  /** Norm of the gradient of a term, whose graph is kept. */
  double pull(Tensor term) {
    Tensor gradient = Autograd.keepingGraph(term, List.of(weight)).get(0);
    return Math.sqrt(gradient.square().sum().item());
  }

  /** {@code of / by}, 0 where both vanish, but in [least, most]. */
  static double ratio(double of, double by, double least, double most) {
    double ratio = of == 0 ? 0 : of / by;
    return Math.min(Math.max(ratio, least), most);
  }
}
