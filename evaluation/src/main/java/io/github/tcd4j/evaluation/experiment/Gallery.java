package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.generate.Generator;
import io.github.tcd4j.evaluation.generate.ImageCache;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.sheet.ContactSheet;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Contact sheets for the eye to judge by: the first captions with one row for each point, or all
 * captions of one point.
 */
final class Gallery {
  private static final int COLUMNS = 8;

  /** Pictures in a row of a sheet of all; as many lines of captions fit beside it. */
  private static final int ACROSS = 6;

  private final ImageCache generated;
  private final Generator generator;
  private final Prompts prompts;

  Gallery(ImageCache generated, Generator generator, Prompts prompts) {
    this.generated = generated;
    this.generator = generator;
    this.prompts = prompts;
  }

  /** The sheet; real pictures on top where there are some. */
  Image render(List<EvaluationPoint> points, @Nullable ImageSet real) {
    List<ContactSheet.Row> rows = new ArrayList<>();
    if (real != null) {
      rows.add(row("real pictures", real));
    }
    for (EvaluationPoint point : points) {
      ImageSet pictures = generated.pictures(point, prompts, generator, (done, total) -> {});
      rows.add(row(point.label() + "\n" + point.evaluations() + " evaluations", pictures));
    }
    List<String> captions = prompts.first(COLUMNS).captions();
    return new ContactSheet("", captions, rows).render();
  }

  /** All pictures of one point, or the real ones, in rows of six with their captions beside. */
  Image whole(String title, ImageSet pictures) {
    List<ContactSheet.Row> rows = new ArrayList<>();
    for (int start = 0; start < pictures.size(); start += ACROSS) {
      int count = Math.min(ACROSS, pictures.size() - start);
      String captions = String.join("\n", prompts.captions().subList(start, start + count));
      rows.add(row(captions, pictures, start, count));
    }
    return new ContactSheet(title, List.of(), rows).render();
  }

  /** The same of a point that was generated before. */
  Image whole(EvaluationPoint point) {
    ImageSet pictures = generated.pictures(point, prompts, generator, (done, total) -> {});
    return whole(point.label() + ", " + point.steps() + " steps\n" + point.key(), pictures);
  }

  private static ContactSheet.Row row(String label, ImageSet pictures) {
    return row(label, pictures, 0, Math.min(COLUMNS, pictures.size()));
  }

  private static ContactSheet.Row row(String label, ImageSet pictures, int start, int count) {
    List<@Nullable Image> images = new ArrayList<>();
    try (Scope scope = Scope.inference()) {
      Tensor pixels = pictures.pixels(start, count);
      for (int i = 0; i < count; i++) {
        images.add(image(pixels.select(0, i)));
      }
    }
    return new ContactSheet.Row(label, images);
  }

  /** A picture of bytes (3, H, W). */
  static Image image(Tensor pixels) {
    int height = Math.toIntExact(pixels.size(1));
    int width = Math.toIntExact(pixels.size(2));
    return new Image(width, height, pixels.permute(1, 2, 0).contiguous().toByteArray());
  }
}
