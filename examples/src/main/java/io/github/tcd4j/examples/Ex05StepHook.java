package io.github.tcd4j.examples;

import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import java.nio.file.Path;

/**
 * A hook after each step of the sampler: it prints how noisy the latents still are and how far the
 * network's estimate of the clean ones reaches, and leaves the latents as they are. A hook may as
 * well return other latents, or cancel by throwing a {@code CancellationException}.
 *
 * <p>HOW TO RUN: {@code main(MODEL_FOLDER, OUT.png)}, in the project's root {@code emoji
 * apple.png}.
 */
public final class Ex05StepHook {
  private Ex05StepHook() {}

  public static void main(String[] args) {
    try (TextToImage model = TextToImage.load(Path.of(args[0]))) {
      Request request =
          Request.builder("red apple, fluent 3d style")
              .seed(42)
              .hook(
                  (node, next, latents, x0) -> {
                    double reach = x0.get().abs().max().item();
                    System.out.printf("to sigma %.3f: |x0| <= %.2f%n", next.sigma(), reach);
                    return latents;
                  })
              .build();
      model.generate(request).get(0).write(Path.of(args[1]));
    }
  }
}
