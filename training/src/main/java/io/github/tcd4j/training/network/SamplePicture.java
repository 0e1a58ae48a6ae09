package io.github.tcd4j.training.network;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.files.Notes;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.sheet.ContactSheet;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.pipeline.checkpoint.FamilyDefaults;
import io.github.tcd4j.pipeline.internal.ImageTensors;
import io.github.tcd4j.pipeline.internal.UNetDenoiser;
import io.github.tcd4j.pipeline.internal.sampling.GuidanceScale;
import io.github.tcd4j.pipeline.metadata.SizeConditioning;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.recipe.RecipeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Images of fixed prompts from fixed noise that show the state of a network: sampled as its product
 * will be, image i with seed + i.
 *
 * @param plan sampler and grid of the product
 */
public record SamplePicture(
    Settings settings, FrozenComponents parts, DiffusionNetwork network, SamplingPlan plan) {
  private static final int COLUMNS = 8;

  /** Latent positions that are sampled together, unless one image has more: 4 of 512x512. */
  private static final long AREA = 4 * 64 * 64;

  /**
   * @param prompts one picture each
   * @param steps of the sampler, at least 1
   * @param guidance guidance scale, off at 1 or less; a network that embeds it is conditioned on it
   * @param seed of the first picture's noise
   */
  public record Settings(List<String> prompts, int steps, double guidance, long seed) {
    public Settings {
      prompts = List.copyOf(prompts);
      if (prompts.isEmpty() || steps < 1) {
        throw new RecipeException(
            "settings.samples needs at least one prompt and one step but has "
                + prompts.size()
                + " and "
                + steps);
      }
    }

    /**
     * The sampler of these images and its grid.
     *
     * @param scheduler the model's {@code scheduler_config.json}
     * @param sampler a name of {@link Samplers}
     * @param gamma null for a sampler without
     * @throws io.github.tcd4j.files.InvalidRequestException if it cannot take so many steps
     */
    public SamplingPlan plan(JsonNode scheduler, String sampler, @Nullable Double gamma) {
      SamplerSettings chosen = SamplerSettings.ofSteps(steps);
      return Samplers.named(sampler)
          .plan(Teacher.config(scheduler), gamma == null ? chosen : chosen.withGamma(gamma));
    }
  }

  /** Binds a network with its conditioning to what else it is to see. */
  @FunctionalInterface
  public interface Binding {
    /** Nothing else. */
    Binding NONE = (network, from, n) -> network.prepared();

    /**
     * @param network with the rows of prompts {@code from .. from + n - 1}, and as many more
     *     without them where it is guided
     */
    Denoiser bind(UNetDenoiser network, int from, int n);
  }

  public void write(Path png) throws IOException {
    Files.createDirectories(png.toAbsolutePath().getParent());
    PngWriter.write(png, ContactSheet.of(images(Binding.NONE), COLUMNS).render(), Map.of());
  }

  /** Side of the pictures in pixels. */
  public int side() {
    return FamilyDefaults.of(parts.family()).side(network.unet().config(), parts.vae().config());
  }

  /** The pictures of all prompts, of a network that sees more than they say. */
  public List<Image> images(Binding binding) {
    int side = side();
    int size = side / parts.vae().config().downscale();
    int together = Math.toIntExact(Math.max(1, AREA / ((long) size * size)));
    List<String> prompts = settings.prompts();
    List<Image> images = new ArrayList<>();
    for (int from = 0; from < prompts.size(); from += together) {
      List<String> some = prompts.subList(from, Math.min(prompts.size(), from + together));
      images.addAll(images(some, from, side, size, binding));
    }
    return images;
  }

  private List<Image> images(List<String> prompts, int from, int side, int size, Binding binding) {
    try (Scope scope = Scope.inference()) {
      int n = prompts.size();
      GuidanceScale guidance = new GuidanceScale(network.unet().config(), settings.guidance());
      float[] timeIds = SizeConditioning.OWN.timeIds(side, side);
      Conditioning rows = guidance.rows(parts.prompts(Notes.NONE), prompts, null, timeIds);
      Denoiser denoiser = guidance.of(binding.bind(network.with(rows), from, n));
      NoiseSource noise = NoiseSource.seeded(settings.seed() + from, n);
      Tensor start = noise.draw(n, parts.vae().config().latentChannels(), size, size);
      Tensor latents = plan.sample(denoiser, start.to(parts.device()), noise, StepHook.NONE);
      return ImageTensors.toImages(parts.decode(latents));
    }
  }
}
