package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.GuidedDenoiser;

/**
 * The networks of one training step, each with the conditions of the batch closed over.
 *
 * @param student the network that learns
 * @param teacher the frozen network whose trajectories are followed
 * @param target the network that the student is compared with: the student itself, or its moving
 *     average; no gradient goes through it
 */
public record Players(Denoiser student, GuidedDenoiser teacher, Denoiser target) {
  /** A student that learns from data alone. */
  public static Players alone(Denoiser student) {
    return new Players(
        student,
        (x, t, w) -> {
          throw new IllegalStateException("this objective distils: give it a teacher");
        },
        (x, t, s) -> {
          throw new IllegalStateException("this objective distils: give it a target network");
        });
  }

  /** The student is its own target (stop-gradient). */
  public static Players distil(Denoiser student, GuidedDenoiser teacher) {
    return new Players(student, teacher, student);
  }
}
