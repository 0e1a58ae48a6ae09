package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.options.CannyText;
import io.github.tcd4j.cli.options.DeviceOption;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.DepthSource;
import io.github.tcd4j.pipeline.adapter.HintNetwork;
import io.github.tcd4j.pipeline.depth.DepthMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tcd4j preprocess KIND IN OUT}: the hint pictures of ControlNets. */
@Command(
    name = "preprocess",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Compute the hint picture of a ControlNet from a picture.",
    subcommands = {
      PreprocessCommand.CannyCommand.class,
      PreprocessCommand.DepthCommand.class,
      PreprocessCommand.SoftEdgeCommand.class,
      PreprocessCommand.LineArtCommand.class
    })
public final class PreprocessCommand {
  /** {@code tcd4j preprocess canny IN OUT}. */
  @Command(
      name = "canny",
      mixinStandardHelpOptions = true,
      description = "Edges, white on black, equal to those of OpenCV's cv2.Canny in every pixel.",
      footer = {"", "Example:", "  tcd4j preprocess canny cat.jpg edges.png --thresholds 50,150"})
  static final class CannyCommand implements Callable<Integer> {
    @Spec CommandSpec spec;
    @Mixin HintFiles files = new HintFiles();

    @Option(
        names = "--thresholds",
        paramLabel = "LOW,HIGH",
        description =
            "Above HIGH a gradient is an edge, above LOW where it continues one. Default: 100,200.")
    String thresholds = "100,200";

    @Override
    public Integer call() throws IOException {
      Canny canny = CannyText.parse(thresholds);
      Path out = files.output();
      HintFiles.write(out, canny.apply(files.picture()));
      return written(spec, out);
    }
  }

  /** {@code tcd4j preprocess depth --model DIR IN OUT}. */
  @Command(
      name = "depth",
      mixinStandardHelpOptions = true,
      description = {
        "Depth by Depth-Anything (V1, V2) or DPT, near white and far black, at the picture's size.",
        "Of models that give distances the picture is turned round, since ControlNets want near"
            + " white."
      },
      footer = {
        "",
        "Example:",
        "  tcd4j preprocess depth --model Depth-Anything-V2-Small-hf cat.jpg depth.png"
      })
  static final class DepthCommand implements Callable<Integer> {
    @Spec CommandSpec spec;
    @Mixin HintFiles files = new HintFiles();

    @Option(
        names = {"-m", "--model"},
        required = true,
        paramLabel = "DIR",
        description =
            "Folder of transformers' DepthAnythingForDepthEstimation or DPTForDepthEstimation:"
                + " config.json, preprocessor_config.json, model.safetensors.")
    Path model = Path.of("");

    @Option(
        names = "--depth-out",
        paramLabel = "FILE",
        description =
            "Also write the numbers of the network at the picture's size: safetensors, key depth,"
                + " float32, (H, W).")
    @Nullable Path numbers;

    @Mixin DeviceOption device = new DeviceOption();

    @Override
    public Integer call() throws IOException {
      Path out = files.output();
      DepthSource source = DepthSource.of(AdapterModel.of(DepthSource.WHAT, model));
      if (numbers != null) {
        HintFiles.parent(numbers);
      }
      Image picture = files.picture();
      DepthMap map = DepthMap.of(source, picture, device.available());
      HintFiles.write(out, map.toImage());
      if (numbers != null) {
        map.write(numbers);
      }
      return written(spec, out);
    }
  }

  /** {@code tcd4j preprocess softedge --model FILE IN OUT}. */
  @Command(
      name = "softedge",
      mixinStandardHelpOptions = true,
      description = "Soft edges by HED, white on black, at the picture's size.",
      footer = {
        "",
        "Example:",
        "  tcd4j preprocess softedge --model ControlNetHED.pth cat.jpg edges.png"
      })
  static final class SoftEdgeCommand extends EdgeNetworkCommand {
    @Option(
        names = "--safe",
        description =
            "Cut edges to three shades, which hide what a picture's fine shades could betray.")
    boolean safe;

    @Override
    HintNetwork.Kind kind() {
      return safe ? HintNetwork.Kind.SOFT_EDGE_SAFE : HintNetwork.Kind.SOFT_EDGE;
    }
  }

  /** {@code tcd4j preprocess lineart --model FILE IN OUT}. */
  @Command(
      name = "lineart",
      mixinStandardHelpOptions = true,
      description = {
        "A drawing of the picture by the generator of informative drawings, white on black, at the"
            + " picture's size.",
        "sk_model.pth draws fine lines, sk_model2.pth coarse ones."
      },
      footer = {
        "",
        "Example:",
        "  tcd4j preprocess lineart --model sk_model.pth cat.jpg lines.png"
      })
  static final class LineArtCommand extends EdgeNetworkCommand {
    @Override
    HintNetwork.Kind kind() {
      return HintNetwork.Kind.LINE_ART;
    }
  }

  static int written(CommandSpec spec, Path out) {
    spec.commandLine().getOut().println(out);
    spec.commandLine().getOut().flush();
    return ExitCode.OK;
  }
}
