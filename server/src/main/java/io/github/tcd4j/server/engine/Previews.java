package io.github.tcd4j.server.engine;

import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Shows what the network expects the first picture of a batch to become, some times a second. */
final class Previews {
  /** Between two previews of a job, in nanoseconds. */
  private static final long PAUSE = 150_000_000;

  private final Map<String, PreviewMap> maps = new HashMap<>();

  /** Learns from a finished picture. */
  void learn(Job job, Picture picture) {
    map(job).learn(picture.latents(), picture.image());
  }

  private PreviewMap map(Job job) {
    return maps.computeIfAbsent(job.request().model().name(), name -> new PreviewMap());
  }

  /** A hook that leaves the latents as they are. */
  StepHook hook(Job job) {
    return new Hook(job, map(job));
  }

  private static final class Hook implements StepHook {
    private final Job job;
    private final PreviewMap map;
    private long last;

    Hook(Job job, PreviewMap map) {
      this.job = job;
      this.map = map;
    }

    @Override
    public Tensor after(Node node, Node next, Tensor latents, Supplier<Tensor> x0) {
      long now = System.nanoTime();
      if (last == 0 || now - last > PAUSE) {
        last = now;
        Tensor first = x0.get().narrow(0, 0, 1);
        Image image =
            map.of(
                first.toFloatArray(),
                (int) first.size(1),
                (int) first.size(2),
                (int) first.size(3));
        if (image != null) {
          job.preview(PngWriter.encode(image, Map.of()));
        }
      }
      return latents;
    }
  }
}
