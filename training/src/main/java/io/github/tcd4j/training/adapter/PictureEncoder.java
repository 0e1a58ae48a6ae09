package io.github.tcd4j.training.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.clip.ClipConfig;
import io.github.tcd4j.models.clip.ClipVisionConfig;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.ipadapter.ImageEncoder;
import io.github.tcd4j.models.ipadapter.ImageFeatures;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.pipeline.adapter.ClipPixels;
import io.github.tcd4j.pipeline.adapter.PixelNormalization;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.training.network.ModelExport;
import io.github.tcd4j.training.recipe.RecipeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The frozen encoder of picture prompts, float32: a folder of transformers'
 * CLIPVisionModelWithProjection, or the vision half of a text-image pair.
 *
 * <p>IP-Adapters normalise pictures as CLIP does. A pair may have been trained on pixels that were
 * normalised otherwise, as its {@code preprocessor_config.json} says; then its first layer is
 * changed to give the same on CLIP's pixels, see {@link FoldedNormalization}.
 *
 * @param weights by name
 * @param ofPair whether it is the half of a pair, so that it has no folder of its own
 */
record PictureEncoder(
    ClipVisionConfig config, ImageEncoder network, Map<String, Tensor> weights, boolean ofPair) {
  private static final String FILE = "model.safetensors";
  private static final List<String> PREFIXES = List.of("vision_model.", "visual_projection.");

  /** Pictures that are encoded together. */
  private static final int BATCH = 32;

  private static final String PREPROCESSOR =
      """
      {
        "crop_size": {"height": %1$d, "width": %1$d},
        "do_center_crop": true,
        "do_convert_rgb": true,
        "do_normalize": true,
        "do_rescale": true,
        "do_resize": true,
        "image_mean": [%2$s, %3$s, %4$s],
        "image_processor_type": "CLIPImageProcessor",
        "image_std": [%5$s, %6$s, %7$s],
        "resample": 3,
        "rescale_factor": 0.00392156862745098,
        "size": {"shortest_edge": %1$d}
      }
      """;

  /** Reads it; it belongs to the open scope. */
  static PictureEncoder open(Path folder, Device device) {
    Path config = folder.resolve("config.json");
    if (!Files.isRegularFile(config) || !Files.isRegularFile(folder.resolve(FILE))) {
      throw new RecipeException(
          "settings.image_encoder "
              + folder
              + " must be a folder with config.json and "
              + FILE
              + ", of a CLIPVisionModelWithProjection or a CLIPModel");
    }
    JsonNode json = ConfigFields.read(config).node();
    boolean pair = json.hasNonNull("vision_config");
    ClipVisionConfig vision =
        pair ? ClipConfig.of(json).projectedVision() : ClipVisionConfig.read(config);
    Map<String, Tensor> weights = read(folder.resolve(FILE), device);
    if (pair) {
      weights = FoldedNormalization.fold(PixelNormalization.read(folder), weights);
    }
    Checkpoint source = new Checkpoint(folder.toString(), weights.keySet(), weights::get, false);
    ImageEncoder network = ImageEncoder.of(Weights.of(source), vision);
    return new PictureEncoder(vision, network, Map.copyOf(source.parameters()), pair);
  }

  private static Map<String, Tensor> read(Path file, Device device) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    try (Scope scope = Scope.inference();
        SafeTensors saved = SafeTensors.open(file)) {
      for (String name : saved.names()) {
        if (PREFIXES.stream().anyMatch(name::startsWith) && !name.endsWith("position_ids")) {
          all.put(name, scope.keep(saved.get(name).to(DType.F32).copy().to(device)));
        }
      }
    }
    return all;
  }

  Device device() {
    return network.projection().weight().device();
  }

  /** What it makes of pictures, in their order; without gradients, in the open scope. */
  ImageFeatures features(List<Image> pictures) {
    int parts = (pictures.size() + BATCH - 1) / BATCH;
    Tensor[] embeddings = new Tensor[parts];
    Tensor[] hidden = new Tensor[parts];
    try (Scope scope = Scope.inference();
        Autograd.FullPrecision precision = Autograd.fullPrecision()) {
      for (int i = 0; i < parts; i++) {
        int to = Math.min(pictures.size(), (i + 1) * BATCH);
        try (Scope part = Scope.inference()) {
          ImageFeatures some = network.forward(pixels(pictures.subList(i * BATCH, to)));
          embeddings[i] = part.keep(some.embedding().contiguous());
          hidden[i] = part.keep(some.hidden().contiguous());
        }
      }
      return new ImageFeatures(
          scope.keep(Tensor.cat(0, embeddings)), scope.keep(Tensor.cat(0, hidden)));
    }
  }

  private Tensor pixels(List<Image> pictures) {
    int side = config.imageSize();
    return Tensor.cat(
            0,
            pictures.stream()
                .map(
                    picture ->
                        Tensor.of(
                            ClipPixels.of(picture, side, PixelNormalization.CLIP),
                            1,
                            3,
                            side,
                            side))
                .toArray(Tensor[]::new))
        .to(device())
        .channelsLast();
  }

  /** Writes a folder that transformers' CLIPVisionModelWithProjection opens, float16. */
  void write(Path folder) throws IOException {
    ObjectNode json = config.toJson().deepCopy();
    json.putArray("architectures").add("CLIPVisionModelWithProjection");
    ModelExport.writeModel(folder, json.toPrettyString(), weights, DType.F16);
    List<Double> mean = PixelNormalization.CLIP.mean();
    List<Double> deviation = PixelNormalization.CLIP.deviation();
    Files.writeString(
        folder.resolve("preprocessor_config.json"),
        PREPROCESSOR.formatted(
            config.imageSize(),
            mean.get(0),
            mean.get(1),
            mean.get(2),
            deviation.get(0),
            deviation.get(1),
            deviation.get(2)));
  }
}
