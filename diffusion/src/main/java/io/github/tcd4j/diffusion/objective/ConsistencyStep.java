package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.EdmPreconditioning;
import io.github.tcd4j.diffusion.schedule.KarrasSchedule;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.VeSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/**
 * What consistency distillation and training share in EDM time (Song et al. 2023): student at tau_i
 * and target at the next, less noisy tau of a grid, i uniform, weight 1. They differ in how the
 * second point comes from the first.
 */
record ConsistencyStep(KarrasSchedule grid, double sigmaData, Distance distance) {
  /** The point y (B, C, H, W) at tau taken to the time {@code next} (B). */
  @FunctionalInterface
  interface Next {
    Tensor of(
        Tensor y,
        Tensor z,
        Tensor tau,
        Tensor next,
        DistillationNetworks players,
        NoiseSchedule ve);
  }

  Losses losses(
      Tensor x0,
      DistillationNetworks given,
      NoiseSchedule schedule,
      RandomSource random,
      Next next) {
    DistillationNetworks players = given.inTau(schedule);
    VeSchedule ve = new VeSchedule(grid.tauMin() / 2, 2 * grid.tauMax());
    long rows = x0.size(0);
    Tensor i = random.integers(grid.scales() - 1L, rows);
    Tensor z = random.normal(x0.shape()).to(x0.device());
    Tensor tau = GuidedStep.times(i, grid::tau).to(x0.device());
    Tensor less = GuidedStep.times(i, j -> grid.tau(j + 1)).to(x0.device());
    Tensor y = ve.diffuse(x0, z, tau);
    Tensor wanted;
    try (Scope scope = Scope.inference()) {
      Tensor reached = next.of(y, z, tau, less, players, ve);
      wanted = scope.keep(consistent(players.target(), reached, less));
    }
    return Losses.student(distance.between(consistent(players.student(), y, tau), wanted));
  }

  private Tensor consistent(Denoiser d, Tensor y, Tensor tau) {
    Tensor end = tau.zerosLike().plus(grid.tauMin());
    Tensor one = tau.zerosLike().plus(1).reshape(-1, 1, 1, 1);
    Tensor x0 = d.at(y, tau, end).x0(y, one, tau.reshape(-1, 1, 1, 1));
    return new EdmPreconditioning(sigmaData, grid.tauMin()).consistent(y, x0, tau);
  }
}
