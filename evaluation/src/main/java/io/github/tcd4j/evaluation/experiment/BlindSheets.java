package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.sheet.ContactSheet;
import io.github.tcd4j.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The pictures of a {@link BlindTrial} on numbered sheets of 16, in rows of four with their numbers
 * and captions next to them.
 *
 * @param pictures of each method
 */
public record BlindSheets(BlindTrial trial, Map<String, ImageSet> pictures) {
  private static final int ACROSS = 4;
  private static final int DOWN = 4;

  public BlindSheets {
    pictures = Map.copyOf(pictures);
  }

  /** All sheets, in order. */
  public List<Image> render() {
    List<Image> sheets = new ArrayList<>();
    int size = trial.entries().size();
    for (int first = 0; first < size; first += ACROSS * DOWN) {
      List<ContactSheet.Row> rows = new ArrayList<>();
      int end = Math.min(size, first + ACROSS * DOWN);
      for (int start = first; start < end; start += ACROSS) {
        rows.add(row(start, Math.min(end, start + ACROSS)));
      }
      String title = "Pictures " + (first + 1) + " to " + end;
      sheets.add(new ContactSheet(title, List.of(), rows).render());
    }
    return sheets;
  }

  private ContactSheet.Row row(int start, int end) {
    StringBuilder label = new StringBuilder();
    List<Image> images = new ArrayList<>();
    for (int i = start; i < end; i++) {
      BlindTrial.Entry entry = trial.entries().get(i);
      label.append(i + 1).append("  ").append(entry.caption()).append(i + 1 < end ? "\n" : "");
      ImageSet own = pictures.get(entry.method());
      if (own == null) {
        throw new IllegalArgumentException("there are no pictures of " + entry.method());
      }
      try (Scope scope = Scope.inference()) {
        images.add(Gallery.image(own.pixels(entry.picture(), 1).select(0, 0)));
      }
    }
    return new ContactSheet.Row(label.toString(), images);
  }
}
