package io.github.tcd4j.images.sheet;

import io.github.tcd4j.images.Image;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The measures of a {@link ContactSheet} in pixels.
 *
 * @param zoom by which pictures are enlarged
 * @param cellWidth of an enlarged picture
 * @param cellHeight of an enlarged picture
 * @param plain for labels
 * @param bold for headings
 * @param title broken into lines
 * @param boldTitleLines how many of these are in bold
 * @param columns labels, broken into lines
 * @param columnsTop where they begin
 * @param starts left side of each column
 * @param rowsTop where the pictures begin
 * @param height of the sheet
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record SheetLayout(
    int zoom,
    int cellWidth,
    int cellHeight,
    Font plain,
    Font bold,
    List<String> title,
    int boldTitleLines,
    List<List<String>> columns,
    int columnsTop,
    int[] starts,
    int rowsTop,
    int height) {
  static final int GAP = 10;

  /** Between sections, beside the gap that every column has. */
  private static final int APART = 24;

  /** Pictures are enlarged to at least this. */
  private static final int SHORTEST = 128;

  private static final int SMALLEST_TEXT = 16;

  /** A sheet as wide as this many letters is still legible where it is shown much smaller. */
  private static final int LETTERS = 80;

  static SheetLayout of(ContactSheet sheet) {
    List<Image> images =
        sheet.rows().stream()
            .flatMap(r -> r.images().stream())
            .flatMap(Stream::ofNullable)
            .toList();
    int width = images.stream().mapToInt(Image::width).max().orElse(1);
    int height = images.stream().mapToInt(Image::height).max().orElse(1);
    int shorter = Math.min(width, height);
    int zoom = Math.max(1, (SHORTEST + shorter - 1) / shorter);
    int cellWidth = width * zoom;
    int count =
        Math.max(
            sheet.columns().size(),
            sheet.rows().stream().mapToInt(r -> r.images().size()).max().orElse(0));
    int text = Math.max(shorter * zoom / 8, count * cellWidth / LETTERS);
    Font plain = new Font(Font.SANS_SERIF, Font.PLAIN, Math.max(SMALLEST_TEXT, text));
    Font bold = plain.deriveFont(Font.BOLD, plain.getSize() * 1.25f);

    int[] starts = new int[count];
    int x = left(sheet, plain);
    for (int c = 0; c < count; c++) {
      x += c > 0 && startsSection(sheet, c) ? APART : 0;
      starts[c] = x;
      x += cellWidth + GAP;
    }
    List<String> title = new ArrayList<>();
    int boldLines = title(sheet.title(), bold, plain, x - 2 * GAP, title);
    int y = GAP + height(boldLines, bold) + height(title.size() - boldLines, plain);
    int columnsTop = y + (sheet.sections().isEmpty() ? 0 : height(1, bold) + 2 * GAP);
    List<List<String>> columns =
        sheet.columns().stream().map(c -> wrap(c, plain, cellWidth)).toList();
    int deepest = columns.stream().mapToInt(List::size).max().orElse(0);
    int rowsTop = columnsTop + height(deepest, plain) + GAP;
    return new SheetLayout(
        zoom,
        cellWidth,
        height * zoom,
        plain,
        bold,
        title,
        boldLines,
        columns,
        columnsTop,
        starts,
        rowsTop,
        rowsTop + sheet.rows().size() * (height * zoom + GAP));
  }

  /** Left side of a column. */
  int x(int column) {
    return starts[column];
  }

  /** Upper side of a row. */
  int y(int row) {
    return rowsTop + row * (cellHeight + GAP);
  }

  int width() {
    return starts[starts.length - 1] + cellWidth + GAP;
  }

  private static FontMetrics metrics(Font font) {
    Graphics2D g = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
    try {
      return g.getFontMetrics(font);
    } finally {
      g.dispose();
    }
  }

  /** Of lines of text; none of them need no font, which a machine may not have. */
  private static int height(int lines, Font font) {
    return lines == 0 ? 0 : lines * metrics(font).getHeight();
  }

  private static int left(ContactSheet sheet, Font font) {
    int widest =
        sheet.rows().stream()
            .flatMap(r -> r.label().lines())
            .mapToInt(line -> metrics(font).stringWidth(line))
            .max()
            .orElse(0);
    return widest == 0 ? GAP : widest + 2 * GAP;
  }

  private static boolean startsSection(ContactSheet sheet, int column) {
    int first = 0;
    for (ContactSheet.Section section : sheet.sections()) {
      if (first == column) {
        return true;
      }
      first += section.columns();
    }
    return false;
  }

  /** Breaks a title into {@code lines}; returns how many of them its first paragraph gives. */
  private static int title(String text, Font bold, Font plain, int width, List<String> lines) {
    if (text.isEmpty()) {
      return 0;
    }
    String[] parts = text.split("\n", 2);
    lines.addAll(wrap(parts[0], bold, width));
    int first = lines.size();
    if (parts.length == 2) {
      lines.addAll(wrap(parts[1], plain, width));
    }
    return first;
  }

  /** Lines at most {@code width} wide where blanks allow. */
  private static List<String> wrap(String text, Font font, int width) {
    FontMetrics metrics = metrics(font);
    List<String> lines = new ArrayList<>();
    for (String paragraph : text.split("\n", -1)) {
      String line = "";
      for (String word : paragraph.split(" ", -1)) {
        String longer = line.isEmpty() ? word : line + " " + word;
        if (!line.isEmpty() && metrics.stringWidth(longer) > width) {
          lines.add(line);
          line = word;
        } else {
          line = longer;
        }
      }
      lines.add(line);
    }
    return lines;
  }
}
