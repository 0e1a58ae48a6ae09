package io.github.tcd4j.cli.data;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.console.InstallationFolder;
import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.data.InMemoryDataset;
import io.github.tcd4j.data.source.Datasets;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.sheet.ContactSheet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tcd4j data preview NAME}: a contact sheet of a data set's first images. */
@Command(
    name = "preview",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    description = "Draw a contact sheet of the images and captions of a data set.",
    footer = {
      "",
      "Examples:",
      "  tcd4j data preview scenes",
      "  tcd4j data preview scenes:seed=3,pairs=held_out -o held-out.png",
      "  tcd4j data preview emoji/data/validation --from 20"
    })
final class PreviewCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Parameters(
      paramLabel = "DATA",
      description =
          "As a recipe names it: shards, a folder of images, or scenes[:SEED], which are composed.")
  String name;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The sheet, a PNG file; replaced if it is there.")
  Path output = Path.of("sheet.png");

  @Option(names = "--from", paramLabel = "N", description = "First image, counted from 0.")
  int from;

  @Option(names = "--count", paramLabel = "N", description = "At most so many images.")
  int count = 48;

  @Option(names = "--columns", paramLabel = "N", description = "Images in a row.")
  int columns = 6;

  @Override
  public Integer call() throws IOException {
    if (count < 1 || columns < 1 || from < 0) {
      throw new InvalidRequestException(
          "--count and --columns must be at least 1 and --from at least 0 but were "
              + count
              + ", "
              + columns
              + ", "
              + from);
    }
    Datasets.Opened data = Datasets.open(name, PreviewCommand::place);
    int size = data.dataset().size();
    if (from >= size) {
      throw new InvalidRequestException(
          "--from must be below the number of images, " + size + ", but was " + from);
    }
    int end = (int) Math.min(size, (long) from + count);
    String title = name + "\n" + data.summary();
    Path parent = output.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Image sheet = new ContactSheet(title, List.of(), rows(data.dataset(), end)).render();
    PngWriter.write(output, sheet, Map.of("Description", title));
    spec.commandLine().getOut().println(output);
    spec.commandLine().getOut().flush();
    return ExitCode.OK;
  }

  /** Beside each row the captions of its images, one a line, from the left. */
  private List<ContactSheet.Row> rows(Dataset data, int end) {
    List<ContactSheet.Row> rows = new ArrayList<>();
    for (int first = from; first < end; first += columns) {
      List<CaptionedImage> row = new ArrayList<>();
      for (int i = first; i < Math.min(end, first + columns); i++) {
        row.add(data.get(i));
      }
      String label = row.stream().map(CaptionedImage::caption).collect(Collectors.joining("\n"));
      rows.add(new ContactSheet.Row(label, row.stream().map(PreviewCommand::image).toList()));
    }
    return rows;
  }

  private static Image image(CaptionedImage e) {
    byte[] rgb = new byte[e.pixels().length];
    int plane = rgb.length / 3;
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = e.pixels()[i % 3 * plane + i / 3];
    }
    return new Image(e.width(), e.height(), rgb);
  }

  /** From the working folder, or where nothing stands there, from that of the installation. */
  private static Path place(String path) {
    Path here = Path.of(path);
    return InMemoryDataset.mayBeAt(here) ? here : InstallationFolder.folder().resolve(path);
  }
}
