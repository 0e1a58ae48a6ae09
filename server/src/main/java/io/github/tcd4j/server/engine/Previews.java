package io.github.tcd4j.server.engine;

import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.pipeline.preview.LatentPreview;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Shows what the network expects the first picture of a batch to become, some times a second. */
final class Previews implements StepHook {
  /** Between two previews, in nanoseconds. */
  private static final long PAUSE = 150_000_000;

  private final Job job;
  private final LatentPreview map;
  private long last;

  Previews(Job job, LatentPreview map) {
    this.job = job;
    this.map = map;
  }

  /** Leaves the latents as they are. */
  @Override
  public Tensor after(Node node, Node next, Tensor latents, Supplier<Tensor> x0) {
    long now = System.nanoTime();
    if (last == 0 || now - last > PAUSE) {
      last = now;
      List<Image> images = map.images(x0.get().narrow(0, 0, 1));
      job.preview(PngWriter.encode(images.get(0), Map.of()));
    }
    return latents;
  }
}
