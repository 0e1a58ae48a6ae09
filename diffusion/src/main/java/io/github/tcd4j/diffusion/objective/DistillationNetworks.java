package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.GuidedDenoiser;
import io.github.tcd4j.diffusion.SigmaDenoiser;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.VeSchedule;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.function.Supplier;

/**
 * The networks of one training step, each with the conditions of the batch closed over.
 *
 * @param student the network that learns
 * @param teacher the frozen network whose trajectories are followed
 * @param target the network that the student is compared with: the student itself, or its moving
 *     average; no gradient goes through it
 * @param judge distinguishes data from the student's samples, where an objective is adversarial
 * @param last the weight of the student's last layer, where an objective balances its terms there
 */
public record DistillationNetworks(
    Denoiser student,
    GuidedDenoiser teacher,
    Denoiser target,
    Discriminator judge,
    Supplier<Tensor> last) {
  /** Without a discriminator and without terms to balance. */
  public DistillationNetworks(Denoiser student, GuidedDenoiser teacher, Denoiser target) {
    this(
        student,
        teacher,
        target,
        x0 -> {
          throw new IllegalStateException("this objective is adversarial: give it a discriminator");
        },
        () -> {
          throw new IllegalStateException(
              "this objective balances its terms at the student's last layer: give it that weight");
        });
  }

  /** A student that learns from data alone. */
  public static DistillationNetworks alone(Denoiser student) {
    return new DistillationNetworks(
        student,
        (x, t, w) -> {
          throw new IllegalStateException("this objective distils: give it a teacher");
        },
        (x, t, s) -> {
          throw new IllegalStateException("this objective distils: give it a target network");
        });
  }

  /** The student is its own target (stop-gradient). */
  public static DistillationNetworks distil(Denoiser student, GuidedDenoiser teacher) {
    return new DistillationNetworks(student, teacher, student);
  }

  /** With a target, such as the student's moving average. */
  public DistillationNetworks withTarget(Denoiser other) {
    return new DistillationNetworks(student, teacher, other, judge, last);
  }

  /** With the weight of the student's last layer. */
  public DistillationNetworks withLastLayer(Tensor lastLayer) {
    return new DistillationNetworks(student, teacher, target, judge, () -> lastLayer);
  }

  /** With a discriminator. */
  public DistillationNetworks withDiscriminator(Discriminator discriminator) {
    return new DistillationNetworks(student, teacher, target, discriminator, last);
  }

  /**
   * How much a term of the loss pulls at the weight of the student's last layer: the norm of its
   * gradient there, by which terms are balanced (Esser et al. 2021, eq. 7). Keeps the graph.
   */
  double pull(Tensor term) {
    Tensor gradient = Autograd.keepingGraph(term, List.of(last.get())).get(0);
    return Math.sqrt(gradient.square().sum().item());
  }

  /**
   * These networks seen in y = x / alpha and tau; as they are where the schedule is that already.
   */
  DistillationNetworks inTau(NoiseSchedule schedule) {
    return schedule instanceof VeSchedule
        ? this
        : new DistillationNetworks(
            new SigmaDenoiser(student, schedule),
            SigmaDenoiser.of(teacher, schedule),
            new SigmaDenoiser(target, schedule),
            judge,
            last);
  }
}
