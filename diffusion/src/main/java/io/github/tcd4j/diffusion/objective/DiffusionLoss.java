package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;
import java.util.Map;

/**
 * How a teacher is trained: the weighted mean squared error of the network's output, whichever of
 * eps, v and x0 it gives, at a time uniform in 0 .. N-1 for each row.
 *
 * <p>Random draws, each for the whole batch: times, then noise. The error without weights is
 * observed as {@code mse}.
 *
 * @param lossWeight of each time's error
 */
public record DiffusionLoss(LossWeight lossWeight) implements Objective {
  @Override
  public Losses losses(
      Tensor x0,
      DistillationNetworks players,
      NoiseSchedule schedule,
      RandomSource random,
      long step,
      long total) {
    long rows = x0.size(0);
    Tensor t = random.integers((long) schedule.lastTime() + 1, rows).to(DType.F32).to(x0.device());
    Tensor noise = random.normal(x0.shape()).to(x0.device());
    Tensor alpha = schedule.alpha(t);
    Tensor sigma = schedule.sigma(t);
    Tensor x = alpha.times(x0).plus(sigma.times(noise));
    Prediction told = players.student().at(x, t, t);
    Tensor wanted = told.kind().target(x0, noise, alpha, sigma);
    Tensor error = told.output().to(x0.dtype()).minus(wanted).square();
    Tensor weights = PerSample.map(t, time -> weight(told.kind(), schedule, time));
    return new Losses(
        Map.of(Losses.STUDENT, error.times(weights).mean()), Map.of("mse", error.detach().mean()));
  }

  /** The weight of time {@code t} for a network of this kind. */
  double weight(Prediction.Kind kind, NoiseSchedule schedule, double t) {
    return lossWeight.at(kind, Math.pow(schedule.alpha(t) / schedule.sigma(t), 2));
  }
}
