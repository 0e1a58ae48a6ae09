package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.console.Interrupt;
import io.github.tcd4j.cli.console.QuietProgress;
import io.github.tcd4j.images.sheet.ContactSheet;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.adapter.OwnAdapters;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.tensor.Device;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tcd4j demo adapters}: one contact sheet of what a picture can be to a model. */
@Command(
    name = "adapters",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Generate one contact sheet: img2img at four strengths, an inpainting, an outpainting, edges to"
          + " picture, a picture as prompt, upscaling.",
      "A row is left out where the model has no adapter for it. All pictures have the same seed."
    })
final class AdapterDemoCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Mixin DemoOptions options = new DemoOptions();

  @Option(
      names = "--adapters",
      paramLabel = "DIR",
      description =
          "Folder with controlnet/ and ip-adapter/, as the training tasks of these names write them."
              + " Default: MODEL/adapters.")
  @Nullable Path adapters;

  @Override
  public Integer call() throws IOException {
    ModelFolder folder = options.folder();
    OwnAdapters own = OwnAdapters.of(folder.root());
    if (adapters != null) {
      own = new OwnAdapters(adapters, folder.root());
    }
    PictureFiles files = options.files();
    PrintWriter err = spec.commandLine().getErr();
    try (Interrupt interrupt = Interrupt.watch(Duration.ofSeconds(2));
        TextToImage loaded = TextToImage.load(folder, Device.CPU)) {
      List<ContactSheet.Row> rows =
          new AdapterDemo(
                  loaded,
                  own,
                  options.seed,
                  new QuietProgress(interrupt, note -> say(err, "note: " + note)),
                  row -> say(err, "demo adapters: " + row),
                  sentence -> say(err, "note: " + sentence))
              .rows();
      ContactSheet sheet = new ContactSheet("", List.of(), rows);
      options.sheet("demo adapters").write(sheet, files, interrupt, spec.commandLine().getOut());
    }
    return ExitCode.OK;
  }

  private static void say(PrintWriter err, String line) {
    err.println(line);
    err.flush();
  }
}
