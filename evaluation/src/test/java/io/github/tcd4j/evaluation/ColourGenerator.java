package io.github.tcd4j.evaluation;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.generate.Generator;
import io.github.tcd4j.images.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Generates 16x16 pictures: a colour that the caption decides, with less noise the more steps. */
public final class ColourGenerator implements Generator {
  public final List<String> calls = new ArrayList<>();
  private int left = Integer.MAX_VALUE;

  /** Fails after that many more batches. */
  public ColourGenerator failingAfter(int batches) {
    left = batches;
    return this;
  }

  @Override
  public EvaluationPoint settle(EvaluationPoint s) {
    double guidance = s.guidance() == null ? 1 : s.guidance();
    SamplingPlan plan =
        Samplers.named(s.sampler())
            .plan(SchedulerConfig.DEFAULTS, SamplerSettings.ofSteps(s.steps()));
    return new EvaluationPoint(
        s.label(),
        s.sampler(),
        s.steps(),
        guidance,
        s.gamma(),
        s.spacing(),
        s.loras(),
        (guidance > 1 ? 2 : 1) * plan.sampler().evaluations(plan.grid()));
  }

  @Override
  public String identity(EvaluationPoint point) {
    return "colours";
  }

  @Override
  public List<Image> generate(EvaluationPoint point, List<String> captions, long seed) {
    if (left-- == 0) {
      throw new IllegalStateException("stopped");
    }
    calls.add(point.label() + " " + point.steps() + " " + captions.get(0));
    List<Image> images = new ArrayList<>();
    for (int i = 0; i < captions.size(); i++) {
      double guidance = point.guidance() == null ? 1 : point.guidance();
      double noise = 120.0 / point.steps() + 20 * Math.abs(guidance - 3);
      images.add(new Image(16, 16, picture(captions.get(i), seed + i, noise)));
    }
    return images;
  }

  /** Interleaved RGB. */
  static byte[] picture(String caption, long seed, double noise) {
    SplittableRandom colour = new SplittableRandom(caption.hashCode());
    SplittableRandom random = new SplittableRandom(seed);
    int[] levels = {colour.nextInt(256), colour.nextInt(256), colour.nextInt(256)};
    byte[] rgb = new byte[16 * 16 * 3];
    for (int i = 0; i < rgb.length; i++) {
      double level = levels[i % 3] + noise * (random.nextDouble() - 0.5);
      rgb[i] = (byte) Math.round(Math.max(0, Math.min(255, level)));
    }
    return rgb;
  }

  /** The same picture as a data set would hold it. */
  public static CaptionedImage real(String caption, String style) {
    byte[] rgb = picture(caption, caption.hashCode(), 8);
    byte[] planes = new byte[rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      planes[i % 3 * 256 + i / 3] = rgb[i];
    }
    return new CaptionedImage(caption, planes, 16, 16, caption, java.util.Map.of("style", style));
  }
}
