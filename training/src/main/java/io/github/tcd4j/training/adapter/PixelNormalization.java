package io.github.tcd4j.training.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.pipeline.adapter.ClipPixels;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.recipe.RecipeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How the pixels of an encoder are normalised, channel by channel: (p - mean) / deviation. A vision
 * transformer cuts a picture into patches without padding, so another normalisation disappears into
 * its first layer exactly. With p = CLIP's value times d_clip plus m_clip,
 *
 * <pre>
 * W x = W d_clip / d x_clip + sum(W (m_clip - m) / d)
 * </pre>
 *
 * and the sum, the same for all patches, goes into their position embeddings.
 *
 * @param mean of red, green and blue in [0, 1]
 * @param deviation likewise, above 0
 */
record PixelNormalization(List<Double> mean, List<Double> deviation) {
  private static final String PATCHES = "vision_model.embeddings.patch_embedding.weight";
  private static final String POSITIONS = "vision_model.embeddings.position_embedding.weight";

  PixelNormalization {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
    if (mean.size() != 3 || deviation.size() != 3 || deviation.stream().anyMatch(d -> !(d > 0))) {
      throw new RecipeException(
          "image_mean and image_std of an image encoder must be three numbers, those of image_std"
              + (" above 0, but are " + mean + " and " + deviation));
    }
  }

  /** What the folder's {@code preprocessor_config.json} says; CLIP's where there is none. */
  static PixelNormalization read(Path folder) {
    Path file = folder.resolve("preprocessor_config.json");
    if (!Files.isRegularFile(file)) {
      return new PixelNormalization(ClipPixels.MEAN, ClipPixels.DEVIATION);
    }
    JsonNode json = ConfigFields.read(file).node();
    return new PixelNormalization(
        numbers(json.path("image_mean"), ClipPixels.MEAN),
        numbers(json.path("image_std"), ClipPixels.DEVIATION));
  }

  private static List<Double> numbers(JsonNode node, List<Double> usual) {
    if (!node.isArray()) {
      return usual;
    }
    List<Double> numbers = new ArrayList<>();
    node.forEach(n -> numbers.add(n.asDouble()));
    return numbers;
  }

  /** The weights of an encoder for CLIP's pixels that does what this one does for its own. */
  Map<String, Tensor> into(Map<String, Tensor> weights) {
    Map<String, Tensor> result = new LinkedHashMap<>(weights);
    try (Scope scope = Scope.inference()) {
      Tensor kernel = Objects.requireNonNull(weights.get(PATCHES), PATCHES);
      Tensor positions = Objects.requireNonNull(weights.get(POSITIONS), POSITIONS);
      float[] factor = new float[3];
      float[] shift = new float[3];
      for (int c = 0; c < 3; c++) {
        factor[c] = (float) (ClipPixels.DEVIATION.get(c) / deviation.get(c));
        shift[c] = (float) ((ClipPixels.MEAN.get(c) - mean.get(c)) / deviation.get(c));
      }
      Tensor added = kernel.times(channels(shift, kernel)).sum(false, 1, 2, 3);
      Tensor first = positions.narrow(0, 0, 1);
      Tensor others = positions.narrow(0, 1, positions.size(0) - 1).plus(added);
      result.put(PATCHES, scope.keep(kernel.times(channels(factor, kernel)).contiguous()));
      result.put(POSITIONS, scope.keep(Tensor.cat(0, first, others)));
    }
    return result;
  }

  private static Tensor channels(float[] values, Tensor like) {
    return Tensor.of(values, 1, 3, 1, 1).to(DType.F32).to(like.device());
  }
}
