package io.github.tcd4j.evaluation.adapter;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Held-out pictures that hints and prompts are made of.
 *
 * @param images all of one size
 * @param captions one for each, all different
 */
public record AdapterPictures(List<Image> images, List<String> captions) {
  /** Fewer have no other to be mistaken for. */
  private static final int LEAST = 2;

  public AdapterPictures {
    images = List.copyOf(images);
    captions = List.copyOf(captions);
  }

  /**
   * At most {@code limit} pictures of different captions, evenly spread over a data set.
   *
   * @throws EvaluationException if there are fewer than two
   */
  public static AdapterPictures of(List<CaptionedImage> all, int limit) {
    List<CaptionedImage> different = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (CaptionedImage image : all) {
      if (seen.add(image.caption())) {
        different.add(image);
      }
    }
    int n = Math.min(limit, different.size());
    if (n < LEAST) {
      throw new EvaluationException(
          "adapters are measured on at least two pictures of different captions but there are "
              + n);
    }
    List<Image> images = new ArrayList<>();
    List<String> captions = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      CaptionedImage chosen = different.get(Math.toIntExact((long) i * different.size() / n));
      images.add(image(chosen));
      captions.add(chosen.caption());
    }
    return new AdapterPictures(images, captions);
  }

  private static Image image(CaptionedImage captioned) {
    byte[] planes = captioned.pixels();
    byte[] rgb = new byte[planes.length];
    int area = planes.length / 3;
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = planes[i % 3 * area + i / 3];
    }
    return new Image(captioned.width(), captioned.height(), rgb);
  }

  int size() {
    return images.size();
  }

  /** Picture {@code i} as a file in memory; beyond the last it goes on with the first. */
  InputFile file(int i) {
    return InputFile.of(
        "picture-" + i % size() + ".png", PngWriter.encode(images.get(i % size()), Map.of()));
  }

  /** Pictures as U8 (B, 3, H, W), in the open scope. */
  static Tensor pixels(List<Image> images) {
    return Tensor.cat(
        0,
        images.stream()
            .map(
                image ->
                    Tensor.of(image.rgb(), 1, image.height(), image.width(), 3)
                        .permute(0, 3, 1, 2)
                        .contiguous())
            .toArray(Tensor[]::new));
  }
}
