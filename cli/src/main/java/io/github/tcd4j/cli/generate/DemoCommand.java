package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.console.Interrupt;
import io.github.tcd4j.cli.console.QuietProgress;
import io.github.tcd4j.cli.console.Terminal;
import io.github.tcd4j.cli.options.EmbeddedModel;
import io.github.tcd4j.cli.options.GuidanceConverter;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.sheet.ContactSheet;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.ResolvedRequest;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.tensor.Device;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tcd4j demo}: one contact sheet that shows the point of the method at a glance. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    subcommands = AdapterDemoCommand.class,
    description = {
      "Generate one contact sheet that compares teacher, LCM and TCD at 2 to"
          + " 25 steps, and a sweep of gamma.",
      "Each row is one prompt with a seed of its own. The model has LoRAs tcd and lcm of its own."
    })
public final class DemoCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Mixin DemoOptions options = new DemoOptions();

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "A row, repeatable; the default are six that suit the embedded model.")
  List<String> prompts = List.of();

  @Option(
      names = "--guidance",
      paramLabel = "X|off",
      converter = GuidanceConverter.class,
      description = "Guidance scale of the teacher (1.5, of scenes 2).")
  @Nullable Double guidance;

  @Override
  public Integer call() throws IOException {
    ModelFolder folder = options.folder();
    EmbeddedModel usual = EmbeddedModel.suiting(options.model);
    prompts = prompts.isEmpty() ? usual.prompts() : prompts;
    List<DemoColumn> columns =
        DemoColumn.all(guidance == null ? usual.guidance().demo() : guidance);
    columns.forEach(c -> ResolvedRequest.of(folder, request(c), Device.CPU));
    PictureFiles files = options.files();
    try (Interrupt interrupt = Interrupt.watch(Duration.ofSeconds(2));
        TextToImage loaded = TextToImage.load(folder, Device.CPU)) {
      List<List<Image>> generated = new ArrayList<>();
      PrintWriter err = spec.commandLine().getErr();
      Progress progress = new QuietProgress(interrupt, note -> err.println("note: " + note));
      for (DemoColumn column : columns) {
        generated.add(generate(loaded, column, progress));
        tell(generated.size(), columns.size(), column);
      }
      options
          .sheet("demo")
          .write(sheet(columns, generated), files, interrupt, spec.commandLine().getOut());
    }
    return ExitCode.OK;
  }

  private Request request(DemoColumn column) {
    return column
        .apply(Request.builder(prompts.get(0)).seed(options.seed).count(prompts.size()))
        .build();
  }

  private List<Image> generate(TextToImage model, DemoColumn column, Progress progress) {
    return model.generate(prompts, model.resolve(request(column)), progress).stream()
        .map(Picture::image)
        .toList();
  }

  private void tell(int done, int total, DemoColumn column) {
    PrintWriter err = spec.commandLine().getErr();
    String line = "demo " + done + "/" + total + ": " + column.section() + ", " + column.label();
    if (Terminal.onStderr()) {
      err.print(Terminal.CLEAR_LINE + line + (done == total ? "\n" : ""));
    } else {
      err.println(line);
    }
    err.flush();
  }

  private ContactSheet sheet(List<DemoColumn> columns, List<List<Image>> generated) {
    Map<String, Integer> sections = new LinkedHashMap<>();
    columns.forEach(c -> sections.merge(c.section(), 1, Integer::sum));
    List<ContactSheet.Row> rows = new ArrayList<>();
    for (int r = 0; r < prompts.size(); r++) {
      List<Image> images = new ArrayList<>();
      for (List<Image> column : generated) {
        images.add(column.get(r));
      }
      rows.add(new ContactSheet.Row(prompts.get(r).replace(", ", ",\n"), images));
    }
    return new ContactSheet(
        "",
        sections.entrySet().stream()
            .map(s -> new ContactSheet.Section(s.getKey(), s.getValue()))
            .toList(),
        columns.stream().map(DemoColumn::label).toList(),
        rows);
  }
}
