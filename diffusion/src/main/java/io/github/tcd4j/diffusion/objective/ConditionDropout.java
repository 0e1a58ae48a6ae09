package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;

/**
 * Decoupled guidance (Wang et al. 2025): in a share of the rows the condition of student, target
 * and teacher alike is replaced by the empty one before the step. There the teacher's two branches
 * are the same, guidance does nothing, and the student keeps a correct unconditional output, so
 * that guidance still works on it when it samples.
 *
 * @param share of the rows, in [0, 1]; published: 0.2 (TDD), 0.1 (PCM)
 */
public record ConditionDropout(double share) {
  public ConditionDropout {
    if (!(share >= 0 && share <= 1)) {
      throw new InvalidRequestException("condition dropout must be in [0, 1] but was " + share);
    }
  }

  /** Which rows of (rows, L, C) lose their condition, (rows, 1, 1); one uniform number for each. */
  public Tensor draw(int rows, RandomSource random) {
    return random.uniform(0, 1, rows, 1, 1).lessThan(Tensor.scalar(share));
  }
}
