package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The loop that all samplers share, also those of other programs: one scope for each step, the hook
 * after it. A sampler says what one step does:
 *
 * <pre>{@code
 * Sampler euler = (denoiser, latents, grid, noise, hook) ->
 *     SamplingLoop.along(grid, latents, hook, step -> {
 *       Prediction p = step.evaluate(denoiser, step.next());
 *       Tensor x0 = p.x0(step.x(), step.node());
 *       Tensor eps = p.epsilon(step.x(), step.node());
 *       return new SamplingLoop.StepResult(step.next().point(x0, eps), () -> x0);
 *     });
 * }</pre>
 */
public final class SamplingLoop {
  private SamplingLoop() {}

  /** One step of a sampler. */
  @FunctionalInterface
  public interface Stepper {
    /** Takes the step; its tensors live as long as the step unless they are in the result. */
    StepResult take(StepContext step);
  }

  /**
   * One step to be done.
   *
   * @param index number of the step, from 0
   * @param previous the step before; null on the first
   * @param x latents at {@code node}
   * @param last whether {@code next} is the terminal node
   */
  public record StepContext(
      int index, Node node, Node next, Tensor x, @Nullable PreviousStep previous, boolean last) {
    /** The network's prediction at this node, for the step to {@code destination}. */
    public Prediction evaluate(Denoiser d, Node destination) {
      return d.at(x, PerSample.same(node.time(), x), PerSample.same(destination.time(), x));
    }

    /**
     * A step of a multistep solver, without its noise: of second order with the step before, unless
     * there was none, or {@code correction} is null.
     *
     * @param estimate what the solver expands, x0 or eps, at this node
     */
    public Tensor secondOrder(SolverStep step, Tensor estimate, @Nullable SolverType correction) {
      if (previous == null || correction == null) {
        return x.blend(step.kept(), estimate, step.gain());
      }
      double r = (node.lambda() - previous.node().lambda()) / step.h();
      double ofChange = step.slope(correction) / r;
      return x.blend(step.kept(), estimate, step.gain() + ofChange)
          .plus(previous.estimate(), -ofChange);
    }
  }

  /** The step before: its node, the latents and the estimate made there. */
  public record PreviousStep(Node node, Tensor x, Tensor estimate) {}

  /**
   * One step done.
   *
   * @param x latents at the next node
   * @param x0 estimate of this step; computed only if used
   * @param estimate what the next step needs of this one; null for nothing
   */
  public record StepResult(Tensor x, Supplier<Tensor> x0, @Nullable Tensor estimate) {
    public StepResult(Tensor x, Supplier<Tensor> x0) {
      this(x, x0, null);
    }
  }

  /**
   * Takes the steps of a grid one after the other.
   *
   * @param start latents (B, C, H, W) at the first node
   * @param hook called after every step with its result, whose return value goes on
   * @return latents at the terminal node; they belong to the scope that is open around the call
   * @throws Tcd4jException if they are not finite
   */
  public static Tensor along(Grid grid, Tensor start, StepHook hook, Stepper stepper) {
    try (Scope loop = Scope.inference()) {
      Tensor x = start;
      PreviousStep past = null;
      for (int i = 0; i < grid.steps(); i++) {
        Node node = grid.node(i);
        Node next = grid.node(i + 1);
        try (Scope scope = Scope.open()) {
          StepResult step =
              stepper.take(new StepContext(i, node, next, x, past, i == grid.steps() - 1));
          Tensor estimate = step.estimate();
          past = estimate == null ? null : new PreviousStep(node, x, own(scope, estimate));
          x = own(scope, hook.after(node, next, step.x(), step.x0()));
        }
      }
      if (!x.isFinite()) {
        throw new Tcd4jException(
            "the latents are not finite after "
                + grid.steps()
                + " steps: the network overflowed, or its weights are not finite; check the model"
                + " and its LoRAs, and compute in float32",
            Hint.FULL_PRECISION);
      }
      return loop.keep(x);
    }
  }

  /** A handle of our own: what a network or a hook returns may belong to somebody else. */
  private static Tensor own(Scope scope, Tensor t) {
    return scope.keep(t.detach());
  }
}
