package io.github.tcd4j.cli.generate;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.pipeline.input.InputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The picture of a {@code preprocess} command and the hint that it writes. */
final class HintFiles {
  @Parameters(index = "0", paramLabel = "IN", description = "A picture: PNG, JPEG or WebP.")
  Path in = Path.of("");

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "OUT",
      description = "The hint, a PNG file; replaced if it is there. The same as -o.")
  @Nullable Path out;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The hint, a PNG file; replaced if it is there.")
  @Nullable Path named;

  /** The place of the hint, checked before anything is computed. */
  Path output() {
    Path to = out == null ? named : out;
    if (to == null || (out != null && named != null)) {
      throw new InvalidRequestException(
          "preprocess needs one file to write the hint to, such as hint.png after the picture");
    }
    parent(to);
    return to;
  }

  /** Refuses a file whose folder is not one. */
  static @Nullable Path parent(Path to) {
    Path parent = to.toAbsolutePath().getParent();
    if (parent != null && Files.exists(parent) && !Files.isDirectory(parent)) {
      throw new InvalidRequestException(to + " cannot be written: " + parent + " is not a folder");
    }
    return parent;
  }

  Image picture() {
    return InputFile.of("picture", in).decode("picture");
  }

  static void write(Path to, Image hint) throws IOException {
    Path parent = parent(to);
    if (parent != null) {
      Files.createDirectories(parent);
    }
    PngWriter.write(to, hint, Map.of());
  }
}
