package io.github.tcd4j.springai;

import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.image.ImageGenerationMetadata;

/**
 * What made one image: enough for {@link Tcd4jImageOptions} that make it again. The PNG itself
 * carries all settings.
 *
 * @param model name of the model, without folders
 * @param seed of this image
 * @param sampler its name
 * @param steps number of steps
 * @param gamma of TCD, one or one for each step; empty for other samplers
 * @param guidance diffusers' guidance_scale; off at 1 and less
 * @param width in pixels
 * @param height in pixels
 * @param negativePrompt what it was steered away from
 */
public record Tcd4jImageMetadata(
    String model,
    long seed,
    String sampler,
    int steps,
    List<Double> gamma,
    double guidance,
    int width,
    int height,
    @Nullable String negativePrompt)
    implements ImageGenerationMetadata {
  public Tcd4jImageMetadata {
    gamma = List.copyOf(gamma);
  }

  static Tcd4jImageMetadata of(String model, GenerationSettings used) {
    var knobs = used.sampling().knobs();
    return new Tcd4jImageMetadata(
        model,
        used.seed(),
        used.sampler(),
        used.steps(),
        knobs.gamma() == null ? List.of() : knobs.gamma().values(),
        used.guidance(),
        used.width(),
        used.height(),
        used.prompt().negative());
  }
}
