package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.tensor.Tensor;
import java.util.function.Supplier;

/**
 * Called after every step of a sampler: for progress, previews, cancelling (by throwing), and for
 * blending something known into the latents.
 */
@FunctionalInterface
public interface StepHook {
  /** Leaves the latents as they are. */
  StepHook NONE = (node, next, latents, x0) -> latents;

  /**
   * Called by samplers whose step evaluates the network a second time, between the two: diffusers'
   * HeunDiscreteScheduler counts it as a step of its own.
   *
   * @param next node of the intermediate latents
   * @param latents (B, C, H, W)
   * @return the latents to evaluate the network on
   */
  default Tensor between(Node next, Tensor latents) {
    return latents;
  }

  /**
   * The tensors live as long as this call; take copies of the numbers, not of the tensors.
   *
   * @param node where the step started
   * @param next where it ended; the terminal node after the last step
   * @param latents (B, C, H, W) at {@code next}
   * @param x0 the network's estimate of the clean latents in this step, computed on demand for
   * @return the latents to go on with
   */
  Tensor after(Node node, Node next, Tensor latents, Supplier<Tensor> x0);
}
