package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.options.CannyText;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.pipeline.input.InputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tcd4j preprocess KIND IN OUT}: the hint pictures of ControlNets. */
@Command(
    name = "preprocess",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Compute the hint picture of a ControlNet from a picture.",
    subcommands = PreprocessCommand.CannyCommand.class)
public final class PreprocessCommand {
  /** {@code tcd4j preprocess canny IN OUT}. */
  @Command(
      name = "canny",
      mixinStandardHelpOptions = true,
      description = "Edges, white on black, equal to those of OpenCV's cv2.Canny in every pixel.",
      footer = {"", "Example:", "  tcd4j preprocess canny cat.jpg edges.png --thresholds 50,150"})
  static final class CannyCommand implements Callable<Integer> {
    @Spec CommandSpec spec;

    @Parameters(index = "0", paramLabel = "IN", description = "A picture: PNG, JPEG or WebP.")
    Path in;

    @Parameters(
        index = "1",
        paramLabel = "OUT",
        description = "The hint, a PNG file; replaced if it is there.")
    Path out;

    @Option(
        names = "--thresholds",
        paramLabel = "LOW,HIGH",
        description =
            "Above HIGH a gradient is an edge, above LOW where it continues one. Default: 100,200.")
    String thresholds = "100,200";

    @Override
    public Integer call() throws IOException {
      Canny canny = CannyText.parse(thresholds);
      Path parent = out.toAbsolutePath().getParent();
      if (parent != null && Files.exists(parent) && !Files.isDirectory(parent)) {
        throw new InvalidRequestException(
            out + " cannot be written: " + parent + " is not a folder");
      }
      Image picture = InputFile.of("picture", in).decode("picture");
      if (parent != null) {
        Files.createDirectories(parent);
      }
      PngWriter.write(out, canny.apply(picture), Map.of());
      spec.commandLine().getOut().println(out);
      spec.commandLine().getOut().flush();
      return ExitCode.OK;
    }
  }
}
