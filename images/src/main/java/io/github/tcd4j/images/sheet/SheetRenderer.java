package io.github.tcd4j.images.sheet;

import io.github.tcd4j.images.Image;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;

/** Renders a {@link ContactSheet} with the Java library's own means. */
final class SheetRenderer {
  private static final Color INK = new Color(0x202124);
  private static final Color FAINT = new Color(0x5f6368);
  private static final Color RULE = new Color(0x9aa0a6);
  private static final Color FRAME = new Color(0xdadce0);

  private final ContactSheet sheet;
  private final SheetLayout layout;

  SheetRenderer(ContactSheet sheet) {
    this.sheet = sheet;
    layout = SheetLayout.of(sheet);
  }

  Image render() {
    BufferedImage canvas =
        new BufferedImage(layout.width(), layout.height(), BufferedImage.TYPE_INT_RGB);
    Graphics2D g = canvas.createGraphics();
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, layout.width(), layout.height());
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    paintTitle(g);
    paintSections(g);
    paintColumns(g);
    for (int r = 0; r < sheet.rows().size(); r++) {
      paintRow(g, sheet.rows().get(r), layout.y(r));
    }
    g.dispose();
    return image(canvas);
  }

  private void paintTitle(Graphics2D g) {
    int y = SheetLayout.GAP;
    int bold = layout.boldTitleLines();
    for (int i = 0; i < layout.title().size(); i++) {
      Font font = i < bold ? layout.bold() : layout.plain();
      g.setColor(i < bold ? INK : FAINT);
      g.setFont(font);
      FontMetrics metrics = g.getFontMetrics();
      g.drawString(layout.title().get(i), SheetLayout.GAP, y + metrics.getAscent());
      y += metrics.getHeight();
    }
  }

  private void paintSections(Graphics2D g) {
    if (sheet.sections().isEmpty()) {
      return;
    }
    g.setFont(layout.bold());
    FontMetrics metrics = g.getFontMetrics();
    int first = 0;
    for (ContactSheet.Section section : sheet.sections()) {
      int from = layout.x(first);
      first += section.columns();
      int to = layout.x(first - 1) + layout.cellWidth();
      int line = layout.columnsTop() - SheetLayout.GAP / 2;
      g.setColor(INK);
      int x = from + (to - from - metrics.stringWidth(section.label())) / 2;
      g.drawString(section.label(), x, line - SheetLayout.GAP / 2 - metrics.getDescent());
      g.setColor(RULE);
      g.fillRect(from, line - 1, to - from, 2);
    }
  }

  private void paintColumns(Graphics2D g) {
    if (layout.columns().isEmpty()) {
      return;
    }
    g.setFont(layout.plain());
    g.setColor(INK);
    FontMetrics metrics = g.getFontMetrics();
    for (int c = 0; c < layout.columns().size(); c++) {
      List<String> lines = layout.columns().get(c);
      for (int i = 0; i < lines.size(); i++) {
        int x = layout.x(c) + (layout.cellWidth() - metrics.stringWidth(lines.get(i))) / 2;
        int up = (lines.size() - i) * metrics.getHeight();
        g.drawString(lines.get(i), x, layout.y(0) - SheetLayout.GAP / 2 - up + metrics.getAscent());
      }
    }
  }

  private void paintRow(Graphics2D g, ContactSheet.Row row, int y) {
    if (!row.label().isEmpty()) {
      paintLabel(g, row.label(), y);
    }
    for (int c = 0; c < row.images().size(); c++) {
      Image image = row.images().get(c);
      if (image != null) {
        int w = image.width() * layout.zoom();
        int h = image.height() * layout.zoom();
        g.drawImage(image.toBufferedImage(), layout.x(c), y, w, h, null);
        g.setColor(FRAME);
        g.drawRect(layout.x(c) - 1, y - 1, w + 1, h + 1);
      }
    }
  }

  private void paintLabel(Graphics2D g, String label, int y) {
    g.setFont(layout.plain());
    g.setColor(INK);
    FontMetrics metrics = g.getFontMetrics();
    String[] lines = label.split("\n", -1);
    int top = y + (layout.cellHeight() - lines.length * metrics.getHeight()) / 2;
    for (int i = 0; i < lines.length; i++) {
      int x = layout.x(0) - SheetLayout.GAP - metrics.stringWidth(lines[i]);
      g.drawString(lines[i], x, top + i * metrics.getHeight() + metrics.getAscent());
    }
  }

  private static Image image(BufferedImage canvas) {
    byte[] rgb = new byte[3 * canvas.getWidth() * canvas.getHeight()];
    int p = 0;
    for (int y = 0; y < canvas.getHeight(); y++) {
      for (int x = 0; x < canvas.getWidth(); x++) {
        int pixel = canvas.getRGB(x, y);
        rgb[p++] = (byte) (pixel >> 16);
        rgb[p++] = (byte) (pixel >> 8);
        rgb[p++] = (byte) pixel;
      }
    }
    return new Image(canvas.getWidth(), canvas.getHeight(), rgb);
  }
}
