package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.depth.DepthConfig;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a depth model is read from.
 *
 * @param model its folder
 * @param config its {@code config.json}
 * @param pixels its {@code preprocessor_config.json}
 */
public record DepthSource(AdapterModel model, DepthConfig config, DepthPixels pixels)
    implements HintSource {
  /** What messages call it. */
  public static final String WHAT = "depth model";

  /**
   * Looks at a folder; no weights are read.
   *
   * @throws InvalidRequestException if it is not that of a depth model
   */
  public static DepthSource of(AdapterModel model) {
    Path config = model.config();
    if (config == null) {
      throw new InvalidRequestException(
          (WHAT + " " + model.name() + " must be a folder with config.json,")
              + " preprocessor_config.json and model.safetensors");
    }
    try {
      DepthConfig read = DepthConfig.read(config);
      Path processor = config.resolveSibling("preprocessor_config.json");
      if (!Files.isRegularFile(processor)) {
        throw new InvalidRequestException(
            (WHAT + " " + model.name() + " lacks preprocessor_config.json, which says how pictures")
                + " are resized for it; copy it from where the model is published");
      }
      return new DepthSource(model, read, DepthPixels.read(processor));
    } catch (Tcd4jException e) {
      String message = String.valueOf(e.getMessage());
      boolean named = message.contains(model.name());
      throw new InvalidRequestException(
          named ? message : WHAT + " " + model.name() + " cannot be used: " + message, e);
    }
  }

  /** The file of its weights. */
  public Path weights() {
    return model.weights(WHAT);
  }

  @Override
  public void requireReads(Image picture) {
    size(picture);
  }

  /**
   * The size at which the network sees a picture.
   *
   * @throws InvalidRequestException if the network reads none of that size
   */
  public DepthPixels.Size size(Image picture) {
    DepthPixels.Size size = pixels.size(picture.width(), picture.height());
    int fixed = config.fixedSide();
    boolean fits = fixed == 0 || (size.width() == fixed && size.height() == fixed);
    if (!fits || size.width() < config.patch() || size.height() < config.patch()) {
      throw new InvalidRequestException(
          (WHAT + " " + model.name() + " reads pictures of ")
              + (fixed > 0 ? fixed + "x" + fixed : "at least " + config.patch() + " pixels a side")
              + (" but its preprocessor_config.json makes " + size.width() + "x" + size.height())
              + (" of " + picture.width() + "x" + picture.height()));
    }
    return size;
  }
}
