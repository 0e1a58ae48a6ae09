package io.github.tcd4j.evaluation.feature;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Bytes to what an image encoder reads: (v / 255 - mean) / std for each channel, as transformers'
 * {@code CLIPImageProcessor} does after its resizing.
 *
 * @param mean three numbers
 * @param std three numbers above 0
 */
record ImageTransform(List<Double> mean, List<Double> std) {
  /** Bytes to [-1, 1]. */
  static final ImageTransform PLAIN =
      new ImageTransform(List.of(0.5, 0.5, 0.5), List.of(0.5, 0.5, 0.5));

  ImageTransform {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (mean.size() != 3 || std.size() != 3 || std.stream().anyMatch(s -> !(s > 0))) {
      throw new EvaluationException(
          "a preprocessor needs three means and three deviations above 0 but has "
              + (mean + " and " + std));
    }
  }

  /** Reads {@code preprocessor_config.json}; {@link #PLAIN} where there is none. */
  static ImageTransform read(Path file) {
    if (!Files.exists(file)) {
      return PLAIN;
    }
    ConfigFields c = ConfigFields.read(file);
    c.require("do_normalize", true);
    c.require("do_rescale", true);
    return new ImageTransform(numbers(c, "image_mean"), numbers(c, "image_std"));
  }

  private static List<Double> numbers(ConfigFields c, String key) {
    List<Double> numbers = new ArrayList<>();
    for (JsonNode n : c.node().path(key)) {
      numbers.add(n.asDouble());
    }
    return numbers;
  }

  /** U8 (B, 3, H, W) to float32 of the same shape. */
  Tensor apply(Tensor pictures) {
    return pictures.to(DType.F32).div(255).minus(row(mean)).div(row(std));
  }

  private static Tensor row(List<Double> values) {
    double[] numbers = values.stream().mapToDouble(v -> v).toArray();
    return Tensor.of(numbers, 1, 3, 1, 1).to(DType.F32);
  }
}
