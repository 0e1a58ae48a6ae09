package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.console.Interrupt;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.sheet.ContactSheet;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;

/**
 * The contact sheet of a demo, which says what made it.
 *
 * @param command as in {@code demo adapters}; the file is named after it
 * @param model as the user named it
 */
record DemoSheet(String command, String model, long seed) {
  /** Writes the sheet and prints where it is, also where the command is interrupted meanwhile. */
  void write(ContactSheet sheet, PictureFiles files, Interrupt interrupt, PrintWriter out)
      throws IOException {
    Image image = sheet.render();
    String what =
        "Made by tcd4j " + command + " with the model " + FileName.of(model) + ", seed " + seed;
    Map<String, String> texts = Map.of("Description", what);
    Path file =
        interrupt.shielded(
            () -> files.write(command, name -> PngWriter.writeNew(name, image, texts)));
    out.println(file);
    out.flush();
  }
}
