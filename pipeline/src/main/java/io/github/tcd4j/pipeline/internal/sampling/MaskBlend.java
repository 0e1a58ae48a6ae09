package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.tensor.Tensor;
import java.util.function.Supplier;

/**
 * Inpainting with a U-Net of latents alone: after every step the kept latents are those of the
 * picture, diffused to the node with the noise of the start, after the last step clean.
 *
 * <pre>  x = (1 - m) (alpha z_picture + sigma z) + m x</pre>
 *
 * @param clean latents of the picture (B, C, h, w)
 * @param noise of the start, the same in every step
 * @param mask (1, 1, h, w), 1 where latents are generated anew
 * @param lastStart the node that the last step starts from
 * @param end the node that it ends on
 * @param then called with the blended latents
 */
public record MaskBlend(
    Tensor clean, Tensor noise, Tensor mask, Node lastStart, Node end, StepHook then)
    implements StepHook {
  @Override
  public Tensor between(Node next, Tensor latents) {
    return then.between(next, blended(next.point(clean, noise), latents));
  }

  @Override
  public Tensor after(Node node, Node next, Tensor latents, Supplier<Tensor> x0) {
    boolean last = node.equals(lastStart) && next.equals(end);
    Tensor kept = last ? clean : next.point(clean, noise);
    return then.after(node, next, blended(kept, latents), x0);
  }

  private Tensor blended(Tensor kept, Tensor latents) {
    return mask.neg().plus(1).times(kept).plus(mask.times(latents));
  }
}
