package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.tensor.Tensor;
import java.util.List;

/**
 * Distinguishes latents of the data from those of a student: heads on frozen features, such as the
 * encoder of the teacher's network. Gradients go through the features to the latents.
 */
@FunctionalInterface
public interface Discriminator {
  /**
   * The scores of each head, of any shape, positive where the latents look real.
   *
   * @param x0 clean latents (B, C, H, W)
   */
  List<Tensor> scores(Tensor x0);

  /** Hinge loss of the discriminator: mean max(0, 1 - real) + mean max(0, 1 + fake). */
  default Tensor loss(Tensor real, Tensor fake) {
    return mean(scores(real), -1).plus(mean(scores(fake), 1));
  }

  /** What the student makes small: minus the mean score. */
  default Tensor loss(Tensor fake) {
    List<Tensor> heads = scores(fake);
    Tensor sum = Tensor.scalar(0).to(fake.device());
    for (Tensor head : heads) {
      sum = sum.minus(head.mean());
    }
    return sum.div(heads.size());
  }

  private static Tensor mean(List<Tensor> heads, double sign) {
    Tensor sum = Tensor.scalar(0).to(heads.get(0).device());
    for (Tensor head : heads) {
      Tensor margin = head.times(sign).plus(1);
      sum = sum.plus(margin.maximum(margin.zerosLike()).mean());
    }
    return sum.div(heads.size());
  }
}
