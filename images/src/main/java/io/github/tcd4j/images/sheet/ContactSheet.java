package io.github.tcd4j.images.sheet;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A grid of pictures with a title, a label above each column and one beside each row, large enough
 * to be read where the sheet is shown at half its size. Columns that belong together may stand in a
 * section, apart from the others and under a heading of their own.
 *
 * @param title over the whole, empty for none; its first line stands out
 * @param sections from the left, together as many columns as there are; may be empty
 * @param columns labels from the left; may be empty
 * @param rows from the top
 */
public record ContactSheet(
    String title, List<Section> sections, List<String> columns, List<Row> rows) {
  /** Neighbouring columns under one heading. */
  public record Section(String label, int columns) {
    public Section {
      if (columns < 1) {
        throw new IllegalArgumentException("a section must have a column but had " + columns);
      }
    }
  }

  /**
   * One row of pictures.
   *
   * @param label beside the row, may have lines divided by newlines; empty for none
   * @param images from the left; null leaves a gap
   */
  public record Row(String label, List<@Nullable Image> images) {
    public Row {
      images = new ArrayList<>(images);
    }
  }

  public ContactSheet {
    sections = List.copyOf(sections);
    columns = List.copyOf(columns);
    rows = List.copyOf(rows);
    if (rows.stream().allMatch(r -> r.images.stream().allMatch(i -> i == null))) {
      throw new IllegalArgumentException("a contact sheet needs at least one picture");
    }
    int sectioned = sections.stream().mapToInt(Section::columns).sum();
    if (sectioned != 0 && sectioned != columns.size()) {
      throw new IllegalArgumentException(
          "the sections have " + sectioned + " columns but there are " + columns.size());
    }
  }

  /** Without sections. */
  public ContactSheet(String title, List<String> columns, List<Row> rows) {
    this(title, List.of(), columns, rows);
  }

  /** Images without labels, row by row; the last row may be shorter. */
  public static ContactSheet of(List<Image> images, int columns) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < images.size(); i += columns) {
      rows.add(
          new Row("", new ArrayList<>(images.subList(i, Math.min(i + columns, images.size())))));
    }
    return new ContactSheet("", List.of(), rows);
  }

  /**
   * Renders the sheet; small pictures are enlarged by a whole number without smoothing.
   *
   * @throws PngException if this Java cannot draw text
   */
  public Image render() {
    Throwable fault = LabelFonts.fault();
    if (fault != null) {
      throw new PngException(LabelFonts.MISSING, fault);
    }
    return new SheetRenderer(this).render();
  }
}
