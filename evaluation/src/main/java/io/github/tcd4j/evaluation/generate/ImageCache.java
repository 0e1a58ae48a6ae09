package io.github.tcd4j.evaluation.generate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Generated images, kept as PNG files in one folder for each point and prompts. The folder's name
 * says the point and hashes all that decides the pictures; {@code settings.json} inside says it in
 * full. What is there is not generated again, so a stopped evaluation goes on with the batch in
 * which it was stopped, and several processes that fill one folder share its batches.
 */
public final class ImageCache {
  /** Between two looks at what others make. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final Path folder;
  private final int batch;

  /** Receives how many pictures of a set are there. */
  @FunctionalInterface
  public interface Progress {
    /** Of a set {@code done} of {@code total} pictures are there. */
    void generated(int done, int total);

    /** Some of them were generated now, and took so long. */
    default void computed(int pictures, long nanos) {}
  }

  /**
   * @param batch images to generate at once, at least 1; always the same ones together, because the
   *     last bits of a picture may depend on its batch
   */
  public ImageCache(Path folder, int batch) {
    if (batch < 1) {
      throw new InvalidRequestException("batch must be at least 1 but was " + batch);
    }
    this.folder = folder;
    this.batch = batch;
  }

  /** All pictures of the prompts; generates those that are missing. */
  public ImageSet pictures(
      EvaluationPoint point, Prompts prompts, Generator generator, Progress progress) {
    String origin = generator.identity(point);
    String hash = hash(point, prompts, origin);
    Path place = place(point, prompts, hash);
    try {
      Files.createDirectories(place);
      describe(place, point, prompts, origin);
      List<Integer> left = new ArrayList<>(starts(prompts));
      for (int done = 0; !left.isEmpty(); ) {
        boolean moved = false;
        for (Iterator<Integer> next = left.iterator(); next.hasNext(); ) {
          int start = next.next();
          if (made(place, point, prompts, generator, start, progress)) {
            next.remove();
            done += count(prompts, start);
            moved = true;
            progress.generated(done, prompts.size());
          }
        }
        if (!moved) { // all that are left are being made by others
          LockSupport.parkNanos(PAUSE.toNanos());
          progress.generated(done, prompts.size());
        }
      }
      return new GeneratedImages(place, prompts.size(), hash);
    } catch (IOException e) {
      throw new EvaluationException("cannot write to " + place + ": " + e.getMessage(), e);
    }
  }

  private String hash(EvaluationPoint point, Prompts prompts, String origin) {
    return new Sha256().add(origin).add(point.key()).add(prompts.hash()).add("" + batch).brief();
  }

  private Path place(EvaluationPoint point, Prompts prompts, String hash) {
    return folder.resolve(point.slug() + "-" + prompts.name() + "-" + hash);
  }

  /** How many pictures of a settled point would be generated now. */
  public int missing(EvaluationPoint point, Prompts prompts, Generator generator) {
    Path place = place(point, prompts, hash(point, prompts, generator.identity(point)));
    return starts(prompts).stream()
        .filter(start -> !complete(place, start, count(prompts, start)))
        .mapToInt(start -> count(prompts, start))
        .sum();
  }

  /** The first pictures of all batches. */
  private List<Integer> starts(Prompts prompts) {
    return IntStream.iterate(0, start -> start < prompts.size(), start -> start + batch)
        .boxed()
        .toList();
  }

  private int count(Prompts prompts, int start) {
    return Math.min(batch, prompts.size() - start);
  }

  /** Whether a batch is there, after it has been generated if need be; not if others are at it. */
  private boolean made(
      Path place,
      EvaluationPoint point,
      Prompts prompts,
      Generator generator,
      int start,
      Progress progress)
      throws IOException {
    int count = count(prompts, start);
    if (complete(place, start, count)) {
      return true;
    }
    try (BatchLock lock = BatchLock.take(place, start)) {
      if (lock == null) {
        return false;
      }
      // Whoever held it before may have made it.
      if (!complete(place, start, count)) {
        long started = System.nanoTime();
        generate(place, point, prompts, generator, start, count);
        progress.computed(count, System.nanoTime() - started);
      }
      return true;
    }
  }

  private void describe(Path place, EvaluationPoint point, Prompts prompts, String origin)
      throws IOException {
    Path file = place.resolve("settings.json");
    if (Files.exists(file)) {
      return;
    }
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode json = mapper.createObjectNode();
    json.put("generator", origin).put("point", point.key()).put("batch", batch);
    json.put("seed", prompts.seed()).set("captions", mapper.valueToTree(prompts.captions()));
    AtomicFile.write(place.resolve("captions.tsv"), captions(prompts));
    AtomicFile.write(file, mapper.writerWithDefaultPrettyPrinter().writeValueAsString(json));
  }

  /** As an evaluation of the folder reads them: the name of a picture and its caption. */
  private static String captions(Prompts prompts) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < prompts.size(); i++) {
      text.append(GeneratedImages.file(Path.of(""), i)).append('\t');
      text.append(prompts.captions().get(i).replaceAll("\\s+", " ")).append('\n');
    }
    return text.toString();
  }

  private static boolean complete(Path place, int start, int count) {
    for (int i = start; i < start + count; i++) {
      if (!Files.exists(GeneratedImages.file(place, i))) {
        return false;
      }
    }
    return true;
  }

  private static void generate(
      Path place,
      EvaluationPoint point,
      Prompts prompts,
      Generator generator,
      int start,
      int count) {
    List<String> captions = prompts.captions().subList(start, start + count);
    List<Image> images = generator.generate(point, captions, prompts.seed() + start);
    if (images.size() != count) {
      throw new EvaluationException(
          "the generator made " + images.size() + " pictures of " + count + " captions");
    }
    for (int i = 0; i < count; i++) {
      Path file = GeneratedImages.file(place, start + i);
      PngWriter.write(file, images.get(i), Map.of("caption", captions.get(i)));
    }
  }
}
