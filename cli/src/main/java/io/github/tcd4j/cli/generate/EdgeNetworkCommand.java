package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.options.DeviceOption;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.pipeline.adapter.EdgeSource;
import io.github.tcd4j.pipeline.adapter.HintNetwork;
import io.github.tcd4j.pipeline.edges.EdgeMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A {@code preprocess} command whose hints are the edges that a network finds. */
abstract class EdgeNetworkCommand implements Callable<Integer> {
  @Spec CommandSpec spec;
  @Mixin HintFiles files = new HintFiles();

  @Option(
      names = {"-m", "--model"},
      required = true,
      paramLabel = "PATH",
      description =
          "Its weights, .pth or .safetensors, or the folder with them under the authors' name.")
  Path model = Path.of("");

  @Option(
      names = "--resolution",
      paramLabel = "N",
      description =
          "The shorter side at which the network sees the picture, both sides rounded to multiples of"
              + " 64. Default: ${DEFAULT-VALUE}.")
  int resolution = EdgeSource.USUAL_RESOLUTION;

  @Mixin DeviceOption device = new DeviceOption();

  /** What the network draws. */
  abstract HintNetwork.Kind kind();

  @Override
  public Integer call() throws IOException {
    Path out = files.output();
    EdgeSource source = EdgeSource.of(HintNetwork.of(kind(), model)).withResolution(resolution);
    Image picture = files.picture();
    List<Image> hints = EdgeMap.hints(source, List.of(picture), device.available());
    HintFiles.write(out, hints.get(0));
    return PreprocessCommand.written(spec, out);
  }
}
