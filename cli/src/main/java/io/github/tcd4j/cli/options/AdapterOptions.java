package io.github.tcd4j.cli.options;

import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import java.util.List;
import picocli.CommandLine.Option;

/** Networks besides the model's own. */
public final class AdapterOptions {
  @Option(
      names = "--control",
      paramLabel = ControlText.FORM,
      description = {
        "ControlNet, a folder or a file, and the hint that it follows, repeatable.",
        "IMAGE may be canny:FILE or canny:LOW,HIGH:FILE, whose edges are computed first. Without"
            + " --size and --image the picture has the size of the first hint.",
        "WEIGHT is 1 by default; START-END, such as 0-0.5, are shares of the steps. A : or = in the"
            + " name of a file has a backslash before it."
      })
  List<String> controls = List.of();

  @Option(
      names = "--control-guess",
      description =
          "ControlNets act on the prompt's side of the guidance alone, deep layers more than shallow"
              + " ones; for empty prompts, with a guidance of 3 to 5.")
  boolean guess;

  public AdapterSettings settings() {
    return new AdapterSettings(controls.stream().map(ControlText::parse).toList(), guess);
  }
}
