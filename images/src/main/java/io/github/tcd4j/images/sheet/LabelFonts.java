package io.github.tcd4j.images.sheet;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import org.jspecify.annotations.Nullable;

/**
 * Whether this Java can draw text: labels of contact sheets and of plots. A machine without a
 * display often has no fonts either, and Java finds out only when it draws the first letter; so one
 * letter is drawn, once.
 */
public final class LabelFonts {
  /** What is missing, and what to do about it. */
  public static final String MISSING =
      "this machine has no fonts to write labels with; install some, such as the packages"
          + " fontconfig and fonts-dejavu-core";

  private static final @Nullable Throwable FAULT = fault(LabelFonts::drawLetter);

  private LabelFonts() {}

  public static boolean available() {
    return FAULT == null;
  }

  /** Why there are none; null where there are. */
  static @Nullable Throwable fault() {
    return FAULT;
  }

  /** Java reports missing fonts in many ways; what is none of them is thrown. */
  static @Nullable Throwable fault(Runnable drawing) {
    try {
      drawing.run();
      return null;
    } catch (LinkageError | InternalError e) {
      return e;
    } catch (RuntimeException e) {
      if (String.valueOf(e.getMessage()).contains("ontconfig")) {
        return e;
      }
      throw e;
    }
  }

  private static void drawLetter() {
    Graphics2D g = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB).createGraphics();
    g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    g.drawString("a", 2, 12);
    g.dispose();
  }
}
