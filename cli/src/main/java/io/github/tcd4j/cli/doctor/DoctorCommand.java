package io.github.tcd4j.cli.doctor;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.doctor.CheckResult.State;
import io.github.tcd4j.cli.options.ComponentOptions;
import io.github.tcd4j.cli.options.ImageSizeConverter;
import io.github.tcd4j.cli.options.ModelOptions;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Version;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.MotionSettings;
import io.github.tcd4j.pipeline.adapter.MotionSource;
import io.github.tcd4j.pipeline.checkpoint.MemoryEstimate;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.tensor.file.TensorFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tcd4j doctor}: what works on this machine and how to fix what does not. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Report what works on this machine and how to fix what does not.",
      "With a MODEL, report the memory that it needs, from the headers of its files."
    })
public final class DoctorCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "MODEL",
      description = "Model folder in diffusers layout, or a single file.")
  @Nullable Path model;

  @Mixin ComponentOptions parts = new ComponentOptions();

  @Option(
      names = "--adapter",
      paramLabel = "PATH",
      description =
          "ControlNet, T2I-Adapter or IP-Adapter that is used with the MODEL, a folder or a file;"
              + " repeatable.")
  List<Path> adapters = List.of();

  @Option(
      names = "--motion",
      paramLabel = "PATH",
      description = "Motion adapter that makes an animation of the picture, a folder or a file.")
  @Nullable Path motion;

  @Option(
      names = "--frames",
      paramLabel = "N",
      description = "Frames of the animation, as in generate. Default: 16.")
  @Nullable Integer frames;

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "Frames that the networks see at once. Default: all.")
  @Nullable Integer context;

  @Option(names = "--vae-tiling", description = "With the autoencoder in tiles, as in generate.")
  boolean tiling;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      converter = ImageSizeConverter.Converter.class,
      description = "Size of the picture. Default: what the model was trained on.")
  @Nullable ImageSizeConverter size;

  @Override
  public Integer call() {
    if (model != null) {
      ModelFolder folder = parts.open(model);
      PrintWriter out = spec.commandLine().getOut();
      folder.notes().forEach(out::println);
      MemoryEstimate needs = MemoryEstimate.of(folder);
      for (Path adapter : adapters) {
        try (TensorFile file =
            TensorFile.open(AdapterModel.of("adapter", adapter).weights("adapter"))) {
          needs = needs.with(FileName.of(adapter.toString()), file);
        }
      }
      new MemoryReport(moving(needs), size, tiling).print(out);
      return ExitCode.OK;
    }
    if (!adapters.isEmpty()) {
      throw new InvalidRequestException("--adapter needs the MODEL that it is used with");
    }
    if (motion != null || frames != null || context != null) {
      throw new InvalidRequestException("--motion needs the MODEL that it is used with");
    }
    return examine();
  }

  private MemoryEstimate moving(MemoryEstimate needs) {
    if (motion == null) {
      if (frames != null || context != null) {
        throw new InvalidRequestException("--frames and --context have no effect without --motion");
      }
      return needs;
    }
    int count = frames == null ? MotionSettings.USUAL_FRAMES : frames;
    int window = context == null ? count : context;
    if (count < 1 || window < 1) {
      throw new InvalidRequestException(
          "--frames and --context must be at least 1 but were " + count + " and " + window);
    }
    try (TensorFile file = TensorFile.open(MotionSource.model(motion).weights("motion adapter"))) {
      return needs.animated(FileName.of(motion.toString()), file, count, window);
    }
  }

  private int examine() {
    PrintWriter out = spec.commandLine().getOut();
    out.println("tcd4j " + Version.TCD4J);
    List<CheckResult> findings =
        Doctor.of(ModelOptions.place(ModelOptions.EMBEDDED))
            .examine(finding -> print(out, finding));
    long failures = findings.stream().filter(f -> f.state() == State.FAILURE).count();
    out.println(
        failures == 0
            ? "no problems found"
            : failures + (failures == 1 ? " problem" : " problems") + " found");
    out.flush();
    return failures == 0 ? ExitCode.OK : ExitCode.FAILED;
  }

  private static void print(PrintWriter out, CheckResult finding) {
    String mark =
        switch (finding.state()) {
          case OK -> Ansi.AUTO.string("@|green ok  |@");
          case WARNING -> Ansi.AUTO.string("@|yellow warn|@");
          case FAILURE -> Ansi.AUTO.string("@|red FAIL|@");
        };
    out.println(mark + String.format(Locale.ROOT, "  %-15s ", finding.part()) + finding.found());
    if (!finding.fix().isEmpty()) {
      out.println(" ".repeat(22) + "-> " + finding.fix());
    }
    out.flush();
  }
}
