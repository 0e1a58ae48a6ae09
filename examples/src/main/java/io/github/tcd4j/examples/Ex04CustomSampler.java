package io.github.tcd4j.examples;

import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.diffusion.sampler.SamplingLoop;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;

/**
 * A sampler of one's own: from each node the network's estimate of the clean latents, mixed with
 * fresh noise to the next node. (With gamma 1 TCD does the same, and lcm nearly.)
 *
 * <p>HOW TO RUN: {@code main(MODEL_FOLDER, OUT.png)}, in the project's root {@code emoji
 * apple.png}.
 */
public final class Ex04CustomSampler {
  /** x_s = alpha_s x0 + sigma_s z; the last step adds no noise. */
  private static final Sampler CONSISTENCY =
      (denoiser, latents, grid, noise, hook) ->
          SamplingLoop.along(
              grid,
              latents,
              hook,
              step -> {
                Tensor x0 = step.evaluate(denoiser, step.next()).x0(step.x(), step.node());
                double sigma = step.last() ? 0 : step.next().sigma();
                Tensor next = noise.add(x0.times(step.next().alpha()), sigma);
                return new SamplingLoop.StepResult(next, () -> x0);
              });

  private Ex04CustomSampler() {}

  public static void main(String[] args) {
    try (TextToImage model = TextToImage.load(Path.of(args[0]))) {
      Request request =
          Request.builder("red apple, fluent 3d style").sampler(CONSISTENCY).seed(42).build();
      model.generate(request).get(0).write(Path.of(args[1]));
    }
  }
}
