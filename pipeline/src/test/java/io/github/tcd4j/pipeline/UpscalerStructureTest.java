package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.models.layers.Precision;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.pipeline.checkpoint.LowResScheduler;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.pipeline.internal.UNetDenoiser;
import io.github.tcd4j.pipeline.internal.sampling.GuidanceScale;
import io.github.tcd4j.pipeline.internal.sampling.InputEncoder;
import io.github.tcd4j.pipeline.prompt.PromptEncoder;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What diffusers' pipeline of upscalers consists of, put together once as it is there and once for
 * each way in which it could be taken wrongly: the numbers are far from diffusers' then.
 */
class UpscalerStructureTest {
  /** What is taken wrongly. */
  enum Fault {
    NONE,
    THE_NETWORK_IS_GIVEN_NO_NOISE_AS_LEVEL,
    THE_LEVEL_IS_ADDED_TO_THE_TIME,
    THE_PICTURE_COMES_BEFORE_THE_LATENTS,
    THE_NOISE_OF_THE_PICTURE_IS_DRAWN_AFTER_THAT_OF_THE_LATENTS,
    THE_PICTURE_HAS_NO_NOISE,
    THE_PICTURE_IS_IN_0_TO_1
  }

  /** With guidance and much noise. */
  private static UpscaleCase example() {
    return UpscaleCase.all().stream()
        .filter(c -> c.kind().endsWith(", guided"))
        .filter(c -> c.settings().path("noise_level").asInt() >= 100)
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @EnumSource
  void onlyAsInDiffusersTheLatentsAreDiffusers(Fault fault) {
    try (Scope scope = Scope.inference()) {
      double distance = Tiny.distance(sampled(fault), example().expected("run").narrow(0, 0, 1));
      if (fault == Fault.NONE) {
        assertThat(distance).isLessThan(1e-4);
      } else {
        assertThat(distance).isGreaterThan(1e-2);
      }
    }
  }

  private static Tensor sampled(Fault fault) {
    ModelFolder folder = UpscaleCase.folder();
    ResolvedRequest r =
        ResolvedRequest.of(
            folder, example().request("red apple, fluent 3d style!").build(), Device.CPU);
    int level = ResolvedInput.noiseLevel(r.settings().input());
    try (LoadedModel networks = new LoadedModel(folder, Device.CPU, true)) {
      networks.use(Precision.FULL, null, Progress.SILENT);
      Tensor picture =
          new InputEncoder(networks, false, Progress.SILENT).small(r.pictures()).picture().mean();
      if (fault == Fault.THE_PICTURE_IS_IN_0_TO_1) {
        picture = picture.plus(1).times(0.5);
      }
      RandomSource random = new RandomSource(r.settings().seed());
      long h = picture.size(2);
      long w = picture.size(3);
      boolean swapped = fault == Fault.THE_NOISE_OF_THE_PICTURE_IS_DRAWN_AFTER_THAT_OF_THE_LATENTS;
      Tensor early = swapped ? random.normal(1, 4, h, w) : random.normal(1, 3, h, w);
      Tensor late = swapped ? random.normal(1, 3, h, w) : random.normal(1, 4, h, w);
      Tensor noise = swapped ? early : late;
      LowResScheduler lowRes = folder.lowResScheduler();
      Tensor small =
          fault == Fault.THE_PICTURE_HAS_NO_NOISE
              ? picture
              : lowRes.noised(picture, swapped ? late : early, level);
      GuidanceScale guidance =
          new GuidanceScale(folder.unet(), r.settings().guidance(), null, label(fault, level));
      Conditioning rows =
          guidance.rows(
              new PromptEncoder(networks, folder, r.settings().prompt(), Progress.SILENT),
              List.of(r.settings().prompt().text()),
              r.settings().prompt().negative(),
              new float[0]);
      Denoiser network =
          new UNetDenoiser(networks.unet(), rows, networks.unetAdapters(), r.prediction());
      Denoiser guided =
          fault == Fault.THE_PICTURE_COMES_BEFORE_THE_LATENTS
              ? guidance.of(pictureFirst(network, small))
              : guidance.of(guidance.reading(later(network, fault, level), small));
      NoiseSource steps = NoiseSource.of(List.of(random));
      return r.plan().sample(guided, noise, steps, StepHook.NONE).copy();
    }
  }

  private static int label(Fault fault, int level) {
    boolean none =
        fault == Fault.THE_NETWORK_IS_GIVEN_NO_NOISE_AS_LEVEL
            || fault == Fault.THE_LEVEL_IS_ADDED_TO_THE_TIME;
    return none ? 0 : level;
  }

  private static Denoiser later(Denoiser network, Fault fault, int level) {
    int more = fault == Fault.THE_LEVEL_IS_ADDED_TO_THE_TIME ? level : 0;
    return (x, t, s) -> network.at(x, t.plus(more), s);
  }

  private static Denoiser pictureFirst(Denoiser network, Tensor small) {
    return (x, t, s) -> {
      Tensor both = small.expand(x.size(0), 3, x.size(2), x.size(3));
      Prediction p = network.at(Tensor.cat(1, both, x), t, s);
      return new Prediction(p.kind(), p.output());
    };
  }
}
