package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.console.Interrupt;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Latents;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The file of {@code --latents-out}, which is replaced. */
record LatentsFile(Path path) {
  /**
   * Refuses it before anything is generated.
   *
   * @throws InvalidRequestException if its folder is not there
   */
  void requireFolder() {
    Path folder = path.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new InvalidRequestException(
          "--latents-out must name a file in a folder that is there but was " + path);
    }
  }

  /** Writes and prints where it is. */
  void write(List<Latents> generated, Interrupt interrupt, PrintWriter out) throws IOException {
    interrupt.shielded(() -> Latents.write(path, generated));
    out.println(path);
  }
}
