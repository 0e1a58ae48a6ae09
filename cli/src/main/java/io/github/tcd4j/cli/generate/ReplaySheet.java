package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.console.SettingsLine;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.sheet.ContactSheet;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The contact sheet of a replay with lists.
 *
 * @param then what the picture was generated with
 * @param axes one or two; the last runs along the rows
 */
record ReplaySheet(GenerationSettings then, List<SheetAxis> axes) {
  /** What the sheet is called, from which its file is named. */
  String name() {
    return then.prompt().text()
        + axes.stream().map(SheetAxis::name).collect(Collectors.joining(" and ", " by ", ""));
  }

  /**
   * Writes the sheet of these pictures, which are in the order of {@link SheetAxis#product}, unless
   * the name is taken; returns whether it did.
   */
  boolean writeNew(Path file, List<Picture> pictures) {
    SheetAxis across = axes.get(axes.size() - 1);
    List<String> columns = across.changes().stream().map(SheetAxis.Change::label).toList();
    List<ContactSheet.Row> rows = new ArrayList<>();
    for (int start = 0; start < pictures.size(); start += across.size()) {
      String label = axes.size() == 1 ? "" : axes.get(0).change(rows.size()).label();
      List<Image> images =
          pictures.subList(start, start + across.size()).stream().map(Picture::image).toList();
      rows.add(new ContactSheet.Row(label, images));
    }
    String title = title(pictures.get(0).settings());
    return PngWriter.writeNew(
        file, new ContactSheet(title, columns, rows).render(), Map.of("Description", title));
  }

  /** The prompt, and those settings that are the same all over. */
  private String title(GenerationSettings generated) {
    List<String> parts = new ArrayList<>(SettingsLine.sampling(generated));
    parts.add("seed " + Seed.text(generated.seed()));
    for (SheetAxis axis : axes) {
      String first = axis.change(0).label();
      parts.remove(first);
      if (axis.name().equals("sampler")) {
        // Steps and gamma may follow the sampler.
        parts.removeIf(part -> part.startsWith("gamma "));
      }
    }
    return generated.prompt().text() + "\n" + String.join(", ", parts);
  }
}
