package io.github.tcd4j.pipeline.internal;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Conversions between tensors of pixels and images. */
public final class ImageTensors {
  private ImageTensors() {}

  /** The pixels of an image (1, 3, H, W) in [0, 1]. */
  public static Tensor unit(Image image) {
    Tensor levels = Tensor.of(image.rgb(), 1, image.height(), image.width(), 3);
    return levels.permute(0, 3, 1, 2).contiguous().to(DType.F32).div(255);
  }

  /** The pixels of images of one size (N, 3, H, W) in [0, 1]. */
  public static Tensor unit(List<Image> images) {
    return Tensor.cat(0, images.stream().map(ImageTensors::unit).toArray(Tensor[]::new));
  }

  /**
   * The images of a batch (B, 3, H, W) in [-1, 1], rounded to the nearest of 256 levels, halves to
   * even, as diffusers does.
   */
  public static List<Image> toImages(Tensor pixels) {
    if (pixels.dim() != 4 || pixels.size(1) != 3) {
      throw new IllegalArgumentException(
          "pictures must be (B, 3, H, W) but were " + Arrays.toString(pixels.shape()));
    }
    List<Image> images = new ArrayList<>();
    try (Scope scope = Scope.inference()) {
      Tensor levels = pixels.div(2).plus(0.5).clamp(0, 1).times(255).round().to(DType.U8);
      Tensor rows = levels.permute(0, 2, 3, 1);
      for (long i = 0; i < pixels.size(0); i++) {
        int width = Math.toIntExact(pixels.size(3));
        int height = Math.toIntExact(pixels.size(2));
        images.add(new Image(width, height, rows.select(0, i).toByteArray()));
      }
    }
    return images;
  }
}
