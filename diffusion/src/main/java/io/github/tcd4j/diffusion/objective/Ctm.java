package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.TcfSPlus;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.schedule.KarrasSchedule;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.diffusion.schedule.VeSchedule;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;

/**
 * Training of a consistency trajectory model (Kim et al. 2023) in y = x_0 + tau z. With G(y, tau,
 * s) = (s / tau) y + (1 - s / tau) g(y, tau, s), which is {@link TcfSPlus},
 *
 * <pre>
 *   soft matching   d( G-(G(y, t, s), s, min), G-(G'(y', u, s), s, min) ),    t > u >= s
 *   denoising       mean (tau^2 + d^2) / (tau d)^2 (x_0 - g(x_0 + tau z', tau, tau))^2
 *   adversarial     minus the mean score of G-(G(y, t, s), s, min)
 * </pre>
 *
 * where y' is n steps of the teacher's solver from y, G' the student without gradient and G- its
 * frozen moving average, through which the gradient goes to G. The last two terms are scaled to the
 * gradient of the first at the student's last layer. Unlike {@link Tcd} it compares at the clean
 * end, and it needs a network that is conditioned on s.
 *
 * <p>n is the same for the batch, of probability proportional to n; t, s are each row's own. Random
 * draws: n, t, s (two uniform numbers a row), noise, w, then for the denoising tau (three a row: a
 * choice and two candidates) and its noise. Observed: {@code matching}, {@code denoising}, {@code
 * adversarial} and their scales. A player {@link Losses#DISCRIMINATOR} learns with the adversarial
 * term; who alternates the two moves one of them only.
 *
 * @param grid its times, 40 of them as published
 * @param mostSteps greatest n, 39 as published (17 for CIFAR), below the number of times
 * @param sigmaData d, 0.5 as published
 * @param guidance of the teacher
 * @param solver the teacher's step, Heun's as published
 * @param distance of the soft matching
 * @param adversarialFrom first step that has the adversarial term; {@link #NEVER} for none
 */
public record Ctm(
    KarrasSchedule grid,
    int mostSteps,
    double sigmaData,
    GuidanceRange guidance,
    TrajectoryFunction solver,
    Distance distance,
    long adversarialFrom)
    implements Objective {
  /** No adversarial term. */
  public static final long NEVER = Long.MAX_VALUE;

  private static final TcfSPlus G = new TcfSPlus();

  public Ctm {
    if (!(mostSteps >= 1 && mostSteps < grid.scales())) {
      throw new InvalidRequestException(
          "ctm's steps of the teacher must be in [1, "
              + (grid.scales() - 1)
              + "] but were "
              + mostSteps);
    }
    if (!(sigmaData > 0)) {
      throw new InvalidRequestException("sigma_data must be above 0 but was " + sigmaData);
    }
  }

  @Override
  public Losses losses(
      Tensor x0,
      DistillationNetworks given,
      NoiseSchedule schedule,
      RandomSource random,
      long step,
      long total) {
    if (given.target().equals(given.student())) {
      throw new IllegalArgumentException(
          "ctm compares through a frozen moving average of the student: give it a target of its"
              + " own");
    }
    DistillationNetworks players = given.inTau(schedule);
    NoiseSchedule ve = new VeSchedule(grid.tauMin() / 2, 2 * grid.tauMax());
    Draw draw = Draw.of(this, x0, random);
    Denoiser student = players.student().withGuidance(draw.w);
    Denoiser frozen = players.target().withGuidance(draw.w);
    Tensor end = draw.t.zerosLike().plus(grid.tauMin());

    Tensor y = ve.diffuse(x0, draw.noise, draw.t);
    Tensor wanted;
    try (Scope scope = Scope.inference()) {
      Tensor reached = teach(players.teacher().with(draw.w), y, draw, ve);
      Tensor there = G.jump(student, reached, draw.u, draw.s, ve);
      wanted = scope.keep(G.jump(frozen, there, draw.s, end, ve));
    }
    Tensor clean = G.jump(frozen, G.jump(student, y, draw.t, draw.s, ve), draw.s, end, ve);
    Tensor matching = distance.between(clean, wanted);
    Tensor denoising = denoising(x0, student, ve, random);

    double pull = players.pull(matching);
    double share = ratio(pull, players.pull(denoising), 0, 1e4);
    Tensor loss = matching.plus(denoising.times(share));
    Map<String, Tensor> byPlayer = new HashMap<>();
    Map<String, Tensor> observed = new HashMap<>();
    observed.put("matching", matching.detach());
    observed.put("denoising", denoising.detach());
    observed.put("denoising_scale", Tensor.scalar(share));
    if (step >= adversarialFrom) {
      Discriminator judge = players.judge();
      Tensor adversarial = judge.loss(clean);
      double force = ratio(pull, players.pull(adversarial), 0.01, 10);
      loss = loss.plus(adversarial.times(force));
      byPlayer.put(Losses.DISCRIMINATOR, judge.loss(x0, clean.detach()));
      observed.put("adversarial", adversarial.detach());
      observed.put("adversarial_scale", Tensor.scalar(force));
    }
    byPlayer.put(Losses.STUDENT, loss);
    return new Losses(byPlayer, observed);
  }

  /** n steps of the solver, from each row's own t. */
  private Tensor teach(Denoiser teacher, Tensor y, Draw draw, NoiseSchedule ve) {
    Tensor reached = y;
    for (int j = 0; j < draw.n; j++) {
      double ahead = j;
      Tensor from = GuidedStep.times(draw.i, b -> grid.tau(b + ahead)).to(y.device());
      Tensor to = GuidedStep.times(draw.i, b -> grid.tau(b + ahead + 1)).to(y.device());
      reached = solver.jump(teacher, reached, from, to, ve);
    }
    return reached;
  }

  /** Half of tau lognormal(-1.2, 1.2), half at an index uniform in the noisier 0.7 of the grid. */
  private Tensor denoising(Tensor x0, Denoiser student, NoiseSchedule ve, RandomSource random) {
    int rows = (int) x0.size(0);
    double[] choice = random.uniform(0, 1, rows).toDoubleArray();
    double[] log = random.normal(rows).toDoubleArray();
    double[] share = random.uniform(0, 0.7, rows).toDoubleArray();
    for (int b = 0; b < rows; b++) {
      double tau =
          choice[b] < 0.5 ? Math.exp(1.2 * log[b] - 1.2) : grid.tau(share[b] * (grid.scales() - 1));
      share[b] = Math.min(Math.max(tau, grid.tauMin()), grid.tauMax());
    }
    Tensor tau = GuidedStep.times(Tensor.of(share), u -> u).to(x0.device());
    Tensor z = random.normal(x0.shape()).to(x0.device());
    Tensor y = ve.diffuse(x0, z, tau);
    Tensor error = student.at(y, tau, tau).x0(y, ve.alpha(tau), ve.sigma(tau)).minus(x0).square();
    double d2 = sigmaData * sigmaData;
    Tensor weight = PerSample.map(tau, u -> (u * u + d2) / (u * u * d2));
    return error.times(weight).mean();
  }

  /** {@code of / by}, 0 where {@code of} vanishes, but in [least, most]. */
  static double ratio(double of, double by, double least, double most) {
    double ratio = of == 0 ? 0 : of / by;
    return Math.min(Math.max(ratio, least), most);
  }

  /** What is drawn for the soft matching. */
  private record Draw(int n, Tensor i, Tensor t, Tensor u, Tensor s, Tensor noise, Tensor w) {
    static Draw of(Ctm ctm, Tensor x0, RandomSource random) {
      KarrasSchedule grid = ctm.grid;
      int rows = (int) x0.size(0);
      int n = steps(random.uniform(0, 1, 1).item(0), ctm.mostSteps);
      int last = grid.scales() - 1;
      double[] i = random.uniform(0, 1, rows).toDoubleArray();
      double[] s = random.uniform(0, 1, rows).toDoubleArray();
      for (int b = 0; b < rows; b++) {
        i[b] = Math.floor(i[b] * (last - n + 1));
        s[b] = i[b] + n + Math.floor(s[b] * (last - i[b] - n + 1));
      }
      Tensor start = Tensor.of(i);
      return new Draw(
          n,
          start,
          GuidedStep.times(start, grid::tau).to(x0.device()),
          GuidedStep.times(start, b -> grid.tau(b + n)).to(x0.device()),
          GuidedStep.times(Tensor.of(s), grid::tau).to(x0.device()),
          random.normal(x0.shape()).to(x0.device()),
          ctm.guidance.draw(rows, random).to(x0.device()));
    }

    /** n in 1 .. most with probability n / (1 + 2 + ... + most). */
    private static int steps(double u, int most) {
      double left = u * most * (most + 1) / 2;
      int n = 1;
      while (n < most && left >= n) {
        left -= n;
        n++;
      }
      return n;
    }
  }
}
