package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.tensor.Tensor;
import java.util.Map;

/**
 * The outcome of an objective.
 *
 * @param losses for each player that learns, the scalar whose gradient moves it
 * @param metrics further scalars for the log, without gradient
 */
public record Losses(Map<String, Tensor> losses, Map<String, Tensor> metrics) {
  /** Name of the player that every objective trains. */
  public static final String STUDENT = "student";

  /** Name of the player that distinguishes data from the student's samples. */
  public static final String DISCRIMINATOR = "discriminator";

  public Losses {
    losses = Map.copyOf(losses);
    metrics = Map.copyOf(metrics);
  }

  /** A loss of the student and nothing else. */
  public static Losses student(Tensor loss) {
    return new Losses(Map.of(STUDENT, loss), Map.of());
  }

  /** The loss of one player. */
  public Tensor of(String player) {
    Tensor loss = losses.get(player);
    if (loss == null) {
      throw new IllegalArgumentException("no loss of " + player + " among " + losses.keySet());
    }
    return loss;
  }
}
