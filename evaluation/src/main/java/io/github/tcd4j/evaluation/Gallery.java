package io.github.tcd4j.evaluation;

import io.github.tcd4j.pipeline.image.ContactSheet;
import io.github.tcd4j.pipeline.image.Image;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A contact sheet of the first captions, one row for each setup, for the eye to judge by. */
final class Gallery {
  private static final int COLUMNS = 8;

  private final PictureCache painted;
  private final Painter painter;
  private final Prompts prompts;

  Gallery(PictureCache painted, Painter painter, Prompts prompts) {
    this.painted = painted;
    this.painter = painter;
    this.prompts = prompts;
  }

  /** The sheet; real pictures on top where there are some. */
  Image paint(List<Setup> setups, @Nullable PictureSet real) {
    List<ContactSheet.Row> rows = new ArrayList<>();
    if (real != null) {
      rows.add(row("real pictures", real));
    }
    for (Setup setup : setups) {
      PictureSet pictures = painted.pictures(setup, prompts, painter, EvaluationListener.SILENT);
      rows.add(row(setup.label() + "\n" + setup.steps() + " evaluations", pictures));
    }
    List<String> captions = prompts.first(COLUMNS).captions();
    return new ContactSheet("", captions, rows).paint();
  }

  private static ContactSheet.Row row(String label, PictureSet pictures) {
    int count = Math.min(COLUMNS, pictures.size());
    List<@Nullable Image> images = new ArrayList<>();
    try (Scope scope = Scope.inference()) {
      Tensor pixels = pictures.pixels(0, count).permute(0, 2, 3, 1);
      int height = Math.toIntExact(pixels.size(1));
      int width = Math.toIntExact(pixels.size(2));
      for (int i = 0; i < count; i++) {
        images.add(new Image(width, height, pixels.select(0, i).toByteArray()));
      }
    }
    return new ContactSheet.Row(label, images);
  }
}
