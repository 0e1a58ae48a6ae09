package io.github.tcd4j.pipeline.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How the pixels of an image encoder are normalised, channel by channel: (p - mean) / deviation.
 *
 * @param mean of red, green and blue in [0, 1]
 * @param deviation likewise, above 0
 */
public record PixelNormalization(List<Double> mean, List<Double> deviation) {
  /** CLIP's, which IP-Adapters take. */
  public static final PixelNormalization CLIP =
      new PixelNormalization(
          List.of(0.48145466, 0.4578275, 0.40821073), List.of(0.26862954, 0.26130258, 0.27577711));

  public PixelNormalization {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
    if (mean.size() != 3 || deviation.size() != 3 || deviation.stream().anyMatch(d -> !(d > 0))) {
      throw new ConfigException(
          "image_mean and image_std of an image encoder must be three numbers, those of image_std"
              + (" above 0, but are " + mean + " and " + deviation));
    }
  }

  /** What the folder's {@code preprocessor_config.json} says; CLIP's where there is none. */
  public static PixelNormalization read(Path folder) {
    Path file = folder.resolve("preprocessor_config.json");
    if (!Files.isRegularFile(file)) {
      return CLIP;
    }
    JsonNode json = ConfigFields.read(file).node();
    return new PixelNormalization(
        numbers(json.path("image_mean"), CLIP.mean),
        numbers(json.path("image_std"), CLIP.deviation));
  }

  private static List<Double> numbers(JsonNode node, List<Double> usual) {
    if (!node.isArray()) {
      return usual;
    }
    List<Double> numbers = new ArrayList<>();
    node.forEach(n -> numbers.add(n.asDouble()));
    return numbers;
  }

  /** Of a channel's value in [0, 1]. */
  float of(double value, int channel) {
    return (float) ((value - mean.get(channel)) / deviation.get(channel));
  }
}
