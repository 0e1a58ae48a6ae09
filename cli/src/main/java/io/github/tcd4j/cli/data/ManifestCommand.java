package io.github.tcd4j.cli.data;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.evaluation.picture.CocoCaptions;
import io.github.tcd4j.files.AtomicFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tcd4j data manifest FILE}: one caption a picture of COCO, with a hash. */
@Command(
    name = "manifest",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    description = {
      "Choose one caption for each picture of COCO, that of the lowest annotation id, and print the"
          + " SHA-256 of the choice: of captions_val2017.json the 5,000 captions of evaluations.",
      "Lines of the file: number of the picture, of the caption, and the caption, with tabs between;"
          + " sorted by picture. Commands read it as coco:FILE."
    },
    footer = {"", "Example:", "  tcd4j data manifest captions_val2017.json -o coco-5k.tsv"})
final class ManifestCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "COCO's captions, as captions_val2017.json.")
  Path captions = Path.of("");

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The manifest; replaced if it is there.")
  Path output = Path.of("coco.tsv");

  @Override
  public Integer call() throws IOException {
    CocoCaptions coco = CocoCaptions.read(captions);
    Path parent = output.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    AtomicFile.write(output, coco.table());
    PrintWriter out = spec.commandLine().getOut();
    out.println(output + ": " + coco.manifest().size() + " captions, SHA-256 " + coco.hash());
    out.flush();
    return ExitCode.OK;
  }
}
