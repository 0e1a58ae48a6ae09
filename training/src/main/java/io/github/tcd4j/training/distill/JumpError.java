package io.github.tcd4j.training.distill;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.GuidedDenoiser;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.TcfSPlus;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.diffusion.schedule.SolverTimesteps;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How far the student's jumps end from where many small guided DDIM steps of the teacher end: the
 * root mean square over the latents' elements, from each time that the sampler visits to the next,
 * or to the clean end where the student is trained for that alone. The guidance is the middle of
 * the trained range.
 *
 * <p>The teacher's ends are computed in the first call and kept: later calls must come with the
 * same latents and noise.
 */
final class JumpError {
  private final DistillationConfig how;
  private final NoiseSchedule schedule;

  /** The teacher's end from each of the times. */
  private final List<float[]> ends = new ArrayList<>();

  JumpError(DistillationConfig how, NoiseSchedule schedule) {
    this.how = how;
    this.schedule = schedule;
  }

  /**
   * The mean of the errors as {@code jump_error}, and that from time t as {@code jump_error/t};
   * nothing for a method whose jumps start at times of tau, or if the schedule has fewer times than
   * samplers choose among.
   *
   * @param x0 clean latents (B, C, H, W)
   * @param noise of the same shape
   */
  Map<String, Double> of(Denoiser student, GuidedDenoiser teacher, Tensor x0, Tensor noise) {
    int times = (int) schedule.lastTime() + 1;
    int most = SolverTimesteps.INFERENCE_TIMES;
    if (how.sampler().equals("consistency") || times < most) {
      return Map.of();
    }
    double[] nodes = SolverTimesteps.inference(times, Math.min(how.steps(), most));
    Tensor w = PerSample.same((how.guidanceMin() + how.guidanceMax()) / 2 - 1, x0);
    Map<String, Double> errors = new LinkedHashMap<>();
    double sum = 0;
    for (int i = 0; i < nodes.length; i++) {
      double s = clean() || i + 1 == nodes.length ? 0 : nodes[i + 1];
      double error;
      try (Scope scope = Scope.inference()) {
        Tensor x = schedule.diffuse(x0, noise, PerSample.same(nodes[i], x0));
        if (ends.size() == i) {
          Tensor end = follow(teacher.with(w), x, nodes[i], s, times / most);
          ends.add(end.contiguous().toFloatArray());
        }
        Tensor end = Tensor.of(ends.get(i), x0.shape()).to(x0.device());
        Tensor reached = jump(student.withGuidance(w), x, nodes[i], s);
        error = Math.sqrt(reached.minus(end).square().mean().item());
      }
      errors.put("jump_error/" + Math.round(nodes[i]), error);
      sum += error;
    }
    errors.put("jump_error", sum / nodes.length);
    return errors;
  }

  private boolean clean() {
    return how.sampler().equals("lcm");
  }

  private Tensor follow(Denoiser teacher, Tensor start, double from, double to, double width) {
    Tensor x = start;
    for (double t = from; t > to; t -= width) {
      Tensor before = x;
      double time = t;
      x = Scope.result(() -> step(new Tcf1(), teacher, before, time, Math.max(time - width, to)));
    }
    return x;
  }

  private Tensor jump(Denoiser student, Tensor x, double t, double s) {
    if (clean()) {
      Tensor times = PerSample.same(t, x);
      return student
          .at(x, times, times.zerosLike())
          .x0(x, schedule.alpha(times), schedule.sigma(times));
    }
    return step(how.conditionedOnDestination() ? new TcfSPlus() : how.function(), student, x, t, s);
  }

  private Tensor step(TrajectoryFunction function, Denoiser d, Tensor x, double t, double s) {
    return function.jump(d, x, PerSample.same(t, x), PerSample.same(s, x), schedule);
  }
}
