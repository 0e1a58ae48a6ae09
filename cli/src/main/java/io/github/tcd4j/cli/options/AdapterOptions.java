package io.github.tcd4j.cli.options;

import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.input.InputFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Networks besides the model's own. */
public final class AdapterOptions {
  @Option(
      names = "--control",
      paramLabel = ControlText.FORM,
      description = {
        "ControlNet, a folder or a file, or T2I-Adapter, a folder, and the hint that it follows,"
            + " repeatable.",
        "IMAGE may be canny:FILE or canny:LOW,HIGH:FILE, whose edges are computed first,"
            + " depth:DEPTH_MODEL:FILE, whose depth is estimated by Depth-Anything or DPT,"
            + " softedge:NETWORK:FILE (HED; softedge-safe: in three shades), or"
            + " lineart:NETWORK:FILE (informative drawings). Without --size and --image the picture"
            + " has the size of the first hint.",
        "KIND is what the hint of a ControlNet-union shows: openpose, depth, softedge, canny, normal,"
            + " segment, tile, repaint; edges and depth that are computed are known.",
        "WEIGHT is 1 by default; START-END, such as 0-0.5, are shares of the steps. A : + = or @ in"
            + " the name of a file has a backslash before it."
      })
  List<String> controls = List.of();

  @Option(
      names = "--control-guess",
      description =
          "ControlNets act on the prompt's side of the guidance alone, deep layers more than shallow"
              + " ones; for empty prompts, with a guidance of 3 to 5.")
  boolean guess;

  @ArgGroup(exclusive = false, multiplicity = "0..*")
  List<ImagePrompt> imagePrompts = new ArrayList<>();

  /** An IP-Adapter with its masks. */
  static final class ImagePrompt {
    @Option(
        names = "--ip-adapter",
        required = true,
        paramLabel = ImagePromptText.FORM,
        description = {
          "IP-Adapter, a file, and pictures as prompt, repeatable. SCALE is 1 by default; 0.5 leaves"
              + " the text as much to say.",
          "Needs --image-encoder."
        })
    String adapter = "";

    @Option(
        names = "--ip-mask",
        paramLabel = "FILE",
        description =
            "Where a picture of the --ip-adapter before it counts: white. One for each picture.")
    // Of its own: the group of a second adapter adds to what is there.
    List<Path> masks = new ArrayList<>();
  }

  @Option(
      names = "--image-encoder",
      paramLabel = "DIR",
      description =
          "Folder of the CLIP vision encoder that the IP-Adapters were trained with, with config.json"
              + " and model.safetensors.")
  @Nullable Path imageEncoder;

  public AdapterSettings settings() {
    return new AdapterSettings(
        controls.stream().map(ControlText::parse).toList(),
        guess,
        imagePrompts.stream()
            .map(
                p ->
                    ImagePromptText.parse(
                        p.adapter, p.masks.stream().map(m -> InputFile.of("mask", m)).toList()))
            .toList(),
        imageEncoder == null ? null : AdapterModel.of("image encoder", imageEncoder));
  }
}
