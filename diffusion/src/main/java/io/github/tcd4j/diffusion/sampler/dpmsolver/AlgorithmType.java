package io.github.tcd4j.diffusion.sampler.dpmsolver;

import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.SolverStep;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** What a DPM-Solver expands in lambda, {@code algorithm_type} of a configuration. */
public enum AlgorithmType {
  /** x0: DPM-Solver++ (Lu et al. 2022b). */
  DATA("dpmsolver++", "ddim") {
    @Override
    SolverStep step(Node t, Node s) {
      return new DpmSolverPlusPlusStep(t, s, false);
    }
  },
  /** x0 on the reverse stochastic equation: SDE-DPM-Solver++ (Lu et al. 2022b, appendix E). */
  STOCHASTIC_DATA("sde-dpmsolver++", "sde-dpm++1") {
    @Override
    SolverStep step(Node t, Node s) {
      return new DpmSolverPlusPlusStep(t, s, true);
    }
  },
  /** The noise: DPM-Solver (Lu et al. 2022a). */
  NOISE("dpmsolver", "dpm1") {
    @Override
    SolverStep step(Node t, Node s) {
      return new DpmSolverStep(t, s);
    }

    @Override
    Tensor estimate(Prediction p, Tensor x, Node node) {
      return p.epsilon(x, node);
    }

    @Override
    Tensor plus(Tensor before, Prediction p, Tensor x, Node node, double weight) {
      return p.mixOnto(before, x, node, 0, weight);
    }
  };

  private final String key;
  private final String firstOrder;

  AlgorithmType(String key, String firstOrder) {
    this.key = key;
    this.firstOrder = firstOrder;
  }

  /** Name of the sampler that takes its steps of first order. */
  String firstOrder() {
    return firstOrder;
  }

  /** The coefficients of a step. */
  abstract SolverStep step(Node t, Node s);

  /** What is expanded, at one node: x0, unless a form says otherwise. */
  Tensor estimate(Prediction p, Tensor x, Node node) {
    return p.x0(x, node);
  }

  /** before + weight times the estimate, without making the estimate first. */
  Tensor plus(Tensor before, Prediction p, Tensor x, Node node, double weight) {
    return p.mixOnto(before, x, node, weight, 0);
  }

  /** The order that a configuration asks for; of order 3, which is not built, it is 2. */
  static int order(SchedulerConfig config) {
    int asked = config.whole("solver_order", 2);
    return asked == 3 ? 2 : checked(asked);
  }

  static int checked(int order) {
    if (order != 1 && order != 2) {
      throw new InvalidRequestException("solver_order must be 1 or 2 but was " + order);
    }
    return order;
  }

  /** What a user should know where the configuration asks for another solver than the name does. */
  List<String> notes(SchedulerConfig config, int order) {
    List<String> notes = new ArrayList<>();
    String asked = config.text("algorithm_type", key);
    if (!asked.equals(key)) {
      notes.add(
          ("the model's configuration asks for algorithm_type " + asked)
              + (" but the sampler that was chosen is " + key));
    }
    if (config.whole("solver_order", order) != order) {
      notes.add(
          ("the model's configuration asks for solver_order " + config.whole("solver_order", order))
              + (" but the sampler that was chosen is of order " + order));
    }
    return notes;
  }
}
