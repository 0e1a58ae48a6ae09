package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.models.files.quantized.ScaledTensors;
import io.github.tcd4j.models.motion.MotionAdapterConfig;
import io.github.tcd4j.models.motion.MotionFile;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a motion adapter is read from, checked against the model that it is to move.
 *
 * @param file how a single file's names are read; null for a folder
 * @param groups of its normalisations, the U-Net's as in diffusers
 */
public record MotionSource(
    AdapterModel model,
    MotionAdapterConfig config,
    Path weights,
    @Nullable MotionFile file,
    int groups) {
  static final String WHAT = "motion adapter";

  /** Its network as it is now. */
  public static AdapterModel model(Path path) {
    return AdapterModel.of(WHAT, path);
  }

  /** Its parameters under diffusers' names. */
  public TensorFile open() {
    return file == null ? ScaledTensors.open(weights) : file.open();
  }

  /**
   * Looks at a file or folder; no weights are read.
   *
   * @param base the model's U-Net
   * @throws InvalidRequestException if it is none, or one of another base model
   */
  static MotionSource of(AdapterModel model, UNet2DConditionConfig base) {
    try {
      Path weights = model.weights(WHAT);
      Path config = model.config();
      MotionFile file = config == null ? MotionFile.of(weights) : null;
      MotionAdapterConfig own =
          file != null ? file.config() : MotionAdapterConfig.read(requireThere(config));
      own.requireFits(base);
      return new MotionSource(model, own, weights, file, base.normNumGroups());
    } catch (Tcd4jException e) {
      String message = String.valueOf(e.getMessage());
      boolean named = message.contains(model.name());
      throw new InvalidRequestException(
          named ? message : WHAT + " " + model.name() + " cannot be used: " + message, e);
    }
  }

  private static Path requireThere(@Nullable Path config) {
    if (config == null) {
      throw new IllegalStateException("a folder without config.json");
    }
    return config;
  }
}
