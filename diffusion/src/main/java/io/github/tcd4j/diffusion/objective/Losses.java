package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.tensor.Tensor;
import java.util.Map;

/**
 * The outcome of an objective.
 *
 * @param byPlayer for each player that learns, the scalar whose gradient moves it
 * @param observed further scalars for the log, without gradient
 */
public record Losses(Map<String, Tensor> byPlayer, Map<String, Tensor> observed) {
  /** Name of the player that every objective trains. */
  public static final String STUDENT = "student";

  /** Name of the player that tells data from the student's pictures. */
  public static final String DISCRIMINATOR = "discriminator";

  public Losses {
    byPlayer = Map.copyOf(byPlayer);
    observed = Map.copyOf(observed);
  }

  /** A loss of the student and nothing else. */
  public static Losses student(Tensor loss) {
    return new Losses(Map.of(STUDENT, loss), Map.of());
  }

  /** The loss of one player. */
  public Tensor of(String player) {
    Tensor loss = byPlayer.get(player);
    if (loss == null) {
      throw new IllegalArgumentException("no loss of " + player + " among " + byPlayer.keySet());
    }
    return loss;
  }
}
