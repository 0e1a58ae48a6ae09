package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.console.SettingsLine;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.clip.Clip;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.sheet.ContactSheet;
import io.github.tcd4j.pipeline.Animation;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The contact sheet of a replay with lists.
 *
 * @param then what the picture was generated with
 * @param axes one or two; the last runs along the rows
 */
record ReplaySheet(GenerationSettings then, List<SheetAxis> axes) {
  /** The keyword of PNG for what a picture shows. */
  private static final String TITLE = "Description";

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
    String title = title(pictures.get(0).settings());
    Image sheet = render(title, pictures.stream().map(Picture::image).toList());
    return PngWriter.writeNew(file, sheet, Map.of(TITLE, title));
  }

  /** A sheet for each frame of these animations, which have the same number of them. */
  Clip clip(List<Animation> animations) {
    Animation first = animations.get(0);
    String title = title(first.settings());
    List<Image> sheets =
        IntStream.range(0, first.frames().size())
            .mapToObj(i -> render(title, animations.stream().map(a -> a.frames().get(i)).toList()))
            .toList();
    return new Clip(sheets, first.clip().perSecond(), Map.of(TITLE, title), title);
  }

  private Image render(String title, List<Image> images) {
    SheetAxis across = axes.get(axes.size() - 1);
    List<String> columns = across.changes().stream().map(SheetAxis.Change::label).toList();
    List<ContactSheet.Row> rows = new ArrayList<>();
    for (int start = 0; start < images.size(); start += across.size()) {
      String label = axes.size() == 1 ? "" : axes.get(0).change(rows.size()).label();
      rows.add(new ContactSheet.Row(label, images.subList(start, start + across.size())));
    }
    return new ContactSheet(title, columns, rows).render();
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
