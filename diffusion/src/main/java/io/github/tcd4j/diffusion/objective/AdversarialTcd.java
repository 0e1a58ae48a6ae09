package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.SolverTimesteps;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;

/**
 * {@link Tcd} whose student also has to fool a discriminator with its jumps to the clean end, as
 * the student of {@link Ctm} has, for the single step that consistency alone leaves blurred (the
 * paper's limitation):
 *
 * <pre>  L = L_TCD - c mean score( f_theta^{t->0}(x_t, t) ),   x_t = alpha_t x_0 + sigma_t z
 * </pre>
 *
 * <p>c makes both terms pull alike at the student's last layer, but is in [0.01, 10]. t is a time
 * of the teacher's grid, uniform. Random draws, after those of TCD: t, z, w. Observed: {@code
 * adversarial} and {@code adversarial_scale}. It costs another evaluation of the student, and three
 * of the discriminator.
 *
 * @param tcd what it is added to
 * @param from first step, counted from 0, that has the adversarial term
 */
public record AdversarialTcd(Tcd tcd, long from) implements Objective {
  @Override
  public Losses losses(
      Tensor x0,
      DistillationNetworks players,
      NoiseSchedule schedule,
      RandomSource random,
      long step,
      long total) {
    Losses consistency = tcd.losses(x0, players, schedule, random, step, total);
    if (step < from) {
      return consistency;
    }
    Tensor loss = consistency.of(Losses.STUDENT);
    Tensor clean = clean(x0, players, schedule, random);
    Tensor adversarial = players.judge().loss(clean);
    double force = Ctm.ratio(players.pull(loss), players.pull(adversarial), 0.01, 10);
    Map<String, Tensor> observed = new HashMap<>(consistency.metrics());
    observed.put("adversarial", adversarial.detach());
    observed.put("adversarial_scale", Tensor.scalar(force));
    return new Losses(
        Map.of(
            Losses.STUDENT,
            loss.plus(adversarial.times(force)),
            Losses.DISCRIMINATOR,
            players.judge().loss(x0, clean.detach())),
        observed);
  }

  /** The student's jumps to time 0. */
  private Tensor clean(
      Tensor x0, DistillationNetworks players, NoiseSchedule schedule, RandomSource random) {
    GuidedStep step = tcd.step();
    SolverTimesteps grid = new SolverTimesteps((int) schedule.lastTime() + 1, step.skip());
    long rows = x0.size(0);
    Tensor t = GuidedStep.times(random.integers(grid.size(), rows), grid::start).to(x0.device());
    Tensor noise = random.normal(x0.shape()).to(x0.device());
    Tensor w = new GuidanceRange(step.wMin(), step.wMax()).draw(rows, random).to(x0.device());
    Denoiser student = players.student().withGuidance(w);
    Tensor x = schedule.diffuse(x0, noise, t);
    return tcd.function().jump(student, x, t, t.zerosLike(), schedule);
  }
}
