package io.github.tcd4j.training.adapter;

import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.PassOrder;
import io.github.tcd4j.images.resize.Resample;
import io.github.tcd4j.images.resize.Resizer;
import io.github.tcd4j.pipeline.checkpoint.FamilyDefaults;
import io.github.tcd4j.training.dataset.ImageDataset;
import io.github.tcd4j.training.network.FrozenComponents;
import io.github.tcd4j.training.network.SamplePicture;
import io.github.tcd4j.training.network.Teacher;
import io.github.tcd4j.training.recipe.RecipeException;
import java.util.Collections;
import java.util.List;

/**
 * Held-out pictures with what a network generates for their captions, with an adapter and without.
 *
 * @param pictures held out, of the size that is generated
 * @param captions theirs
 * @param sampler of pictures for the captions
 * @param uncaptioned the same for empty captions
 */
record AdapterSamples(
    List<Image> pictures, List<String> captions, SamplePicture sampler, SamplePicture uncaptioned) {
  /** Those shown in a sheet. */
  static final int COLUMNS = 8;

  private static final Resizer LANCZOS = new Resizer(Resample.LANCZOS, PassOrder.PILLOW_13);

  /**
   * @param count of held-out pictures, evenly spread over the data set
   * @param steps of the model's usual sampler, at least 1
   * @param guidance guidance scale, off at 1 or less
   * @param seed of the first picture's noise
   */
  record Settings(int count, int steps, double guidance, long seed) {
    Settings {
      if (count < 1 || steps < 1) {
        throw new RecipeException(
            ("settings.samples needs at least one picture and one step but has " + count)
                + (" and " + steps));
      }
    }
  }

  /** Of the base model's sampler. */
  static AdapterSamples of(
      Settings settings, ImageDataset heldOut, FrozenComponents parts, Teacher teacher) {
    int n = Math.min(settings.count(), heldOut.size());
    int[] rows = new int[n];
    for (int i = 0; i < n; i++) {
      rows[i] = Math.toIntExact((long) i * heldOut.size() / n);
    }
    List<String> captions = heldOut.captions(rows);
    SamplePicture sampler = sampler(settings, captions, parts, teacher);
    int side = sampler.side();
    List<Image> pictures =
        heldOut.originals(rows).stream().map(image -> resized(image, side)).toList();
    return new AdapterSamples(
        pictures, captions, sampler, sampler(settings, Collections.nCopies(n, ""), parts, teacher));
  }

  private static SamplePicture sampler(
      Settings settings, List<String> prompts, FrozenComponents parts, Teacher teacher) {
    SamplePicture.Settings chosen =
        new SamplePicture.Settings(prompts, settings.steps(), settings.guidance(), settings.seed());
    SamplingPlan plan =
        chosen.plan(teacher.scheduler(), FamilyDefaults.of(parts.family()).sampler(), null);
    return new SamplePicture(chosen, parts, teacher.network(), plan);
  }

  private static Image resized(Image image, int side) {
    return image.width() == side && image.height() == side
        ? image
        : LANCZOS.resize(image, side, side);
  }
}
