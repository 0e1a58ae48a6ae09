package io.github.tcd4j.training.network;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Guidance;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.sheet.ContactSheet;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.pipeline.internal.ImageTensors;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.recipe.RecipeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * A picture of where a diffusion network stands: fixed prompts from fixed noise, painted by
 * deterministic TCF(1) jumps along evenly spaced times.
 */
public record SamplePicture(
    Settings settings, FrozenComponents parts, DiffusionNetwork network, NoiseSchedule schedule) {
  private static final int COLUMNS = 8;

  /**
   * @param prompts one picture each
   * @param steps jumps, at least 1
   * @param guidance guidance scale, off at 1 or less; a network that embeds it is told it
   * @param seed of the noise
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
  }

  public void write(Path png) throws IOException {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(settings.seed())) {
      int n = settings.prompts().size();
      long size = network.unet().config().sampleSize();
      Device device = parts.device();
      Tensor x = random.normal(n, parts.vae().config().latentChannels(), size, size).to(device);
      Denoiser denoiser = denoiser(n);
      for (int i = 0; i < settings.steps(); i++) {
        Tensor t = Tensor.full(time(i), DType.F32, n).to(device);
        Tensor s = Tensor.full(time(i + 1), DType.F32, n).to(device);
        try (Scope step = Scope.inference()) {
          x = step.keep(new Tcf1().jump(denoiser, x, t, s, schedule));
        }
      }
      Files.createDirectories(png.toAbsolutePath().getParent());
      List<Image> images = ImageTensors.toImages(parts.decode(x));
      PngWriter.write(png, ContactSheet.of(images, COLUMNS).render(), Map.of());
    }
  }

  private double time(int i) {
    return Math.rint(schedule.lastTime() * (settings.steps() - i) / settings.steps());
  }

  private Denoiser denoiser(int n) {
    Conditioning own = Conditioning.text(parts.tokens(settings.prompts()));
    if (network.unet().config().timeCondProjDim() > 0) {
      return network
          .with(own)
          .withGuidance(Tensor.full(settings.guidance() - 1, DType.F32, n).to(parts.device()));
    }
    if (settings.guidance() <= 1) {
      return network.with(own);
    }
    Conditioning empty = Conditioning.text(parts.tokens(Collections.nCopies(n, "")));
    return new Guidance(network.with(Conditioning.cat(own, empty))).scaled(settings.guidance());
  }
}
