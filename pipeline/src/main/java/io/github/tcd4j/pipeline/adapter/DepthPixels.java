package io.github.tcd4j.pipeline.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.PassOrder;
import io.github.tcd4j.images.resize.Resample;
import io.github.tcd4j.images.resize.Resizer;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pictures as a depth model sees them, by its {@code preprocessor_config.json} (transformers'
 * {@code DPTImageProcessor} on Pillow): resized in 8 bits, then scaled and normalised.
 *
 * @param target the wanted size; null where pictures keep theirs
 * @param keepRatio whether both sides get one factor, of the two the one that changes less
 * @param multiple what both sides are rounded to
 * @param filter of Pillow
 * @param scale factor on levels from 0 to 255
 * @param mean of each channel, subtracted
 * @param deviation of each channel, divided by
 */
public record DepthPixels(
    @Nullable Size target,
    boolean keepRatio,
    int multiple,
    Resample filter,
    double scale,
    List<Double> mean,
    List<Double> deviation) {
  /** Pillow's filters in the order of their numbers. */
  private static final List<Resample> FILTERS =
      List.of(
          Resample.NEAREST,
          Resample.LANCZOS,
          Resample.BILINEAR,
          Resample.BICUBIC,
          Resample.BOX,
          Resample.HAMMING);

  /** In pixels. */
  public record Size(int width, int height) {}

  /** Checks the ranges. */
  public DepthPixels {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
    if (target != null && (target.width < 1 || target.height < 1)) {
      throw new ConfigException("size must be above 0 but is " + target);
    }
    if (multiple < 1) {
      throw new ConfigException("ensure_multiple_of must be at least 1 but is " + multiple);
    }
    if (mean.size() != 3 || deviation.size() != 3 || deviation.contains(0.0)) {
      throw new ConfigException(
          ("image_mean and image_std must be three numbers each, the latter not 0, but are " + mean)
              + (" and " + deviation));
    }
  }

  static DepthPixels read(Path json) {
    return of(ConfigFields.read(json));
  }

  /** The file's content; what is absent is as in transformers. */
  public static DepthPixels of(JsonNode json) {
    return of(new ConfigFields("preprocessor_config.json", json));
  }

  private static DepthPixels of(ConfigFields f) {
    f.require("image_processor_type", "DPTImageProcessor", "DPTImageProcessorFast");
    f.require("do_center_crop", false);
    f.require("do_pad", false);
    boolean normal = f.flag("do_normalize", true);
    int filter = f.isNull("resample") ? 3 : f.integer("resample", 3);
    if (filter < 0 || filter >= FILTERS.size()) {
      throw new ConfigException(f.origin() + ": resample must be 0 to 5 but is " + filter);
    }
    try {
      return new DepthPixels(
          f.flag("do_resize", true) ? size(f) : null,
          f.flag("keep_aspect_ratio", false),
          f.isNull("ensure_multiple_of") ? 1 : f.integer("ensure_multiple_of", 1),
          FILTERS.get(filter),
          f.flag("do_rescale", true) ? f.number("rescale_factor", 1 / 255.0) : 1,
          normal ? f.numbers("image_mean", 0.5, 0.5, 0.5) : List.of(0.0, 0.0, 0.0),
          normal ? f.numbers("image_std", 0.5, 0.5, 0.5) : List.of(1.0, 1.0, 1.0));
    } catch (ConfigException e) {
      String message = String.valueOf(e.getMessage());
      throw message.startsWith(f.origin())
          ? e
          : new ConfigException(f.origin() + ": " + message, e);
    }
  }

  private static Size size(ConfigFields f) {
    JsonNode size = f.node().path("size");
    if (size.isMissingNode()) {
      return new Size(384, 384);
    }
    if (size.isInt()) {
      return new Size(size.intValue(), size.intValue());
    }
    if (!size.path("width").isInt() || !size.path("height").isInt()) {
      throw new ConfigException(f.origin() + ": size must have width and height but is " + size);
    }
    return new Size(size.path("width").intValue(), size.path("height").intValue());
  }

  /** What a picture of that size is resized to. */
  public Size size(int width, int height) {
    if (target == null) {
      return new Size(width, height);
    }
    double down = target.height / (double) height;
    double across = target.width / (double) width;
    if (keepRatio) {
      boolean byWidth = Math.abs(1 - across) < Math.abs(1 - down);
      down = byWidth ? across : down;
      across = byWidth ? across : down;
    }
    return new Size(rounded(across * width), rounded(down * height));
  }

  /** Halves to even, as Python; a side below half a multiple has one, where there it has none. */
  private int rounded(double side) {
    return Math.max(1, (int) Math.rint(side / multiple)) * multiple;
  }

  /** The picture at that size, in 8 bits. */
  public Image resized(Image picture, Size size) {
    boolean same = picture.width() == size.width && picture.height() == size.height;
    Resizer resizer = new Resizer(filter, PassOrder.PILLOW_13);
    return same ? picture : resizer.resize(picture, size.width, size.height);
  }

  /** (3, height, width), channel by channel, rows from the top. */
  public float[] of(Image picture, Size size) {
    byte[] rgb = resized(picture, size).rgb();
    int area = size.width * size.height;
    float[] pixels = new float[3 * area];
    for (int i = 0; i < rgb.length; i++) {
      int c = i % 3;
      pixels[c * area + i / 3] =
          (float) (((rgb[i] & 255) * scale - mean.get(c)) / deviation.get(c));
    }
    return pixels;
  }
}
