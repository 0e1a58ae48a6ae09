package io.github.tcd4j.cli.convert;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.console.Verbosity;
import io.github.tcd4j.cli.options.ComponentOptions;
import io.github.tcd4j.cli.options.ModelOptions;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.lora.LoraConverter;
import io.github.tcd4j.models.lora.LoraFile;
import io.github.tcd4j.models.lora.LoraMatchReport;
import io.github.tcd4j.models.lora.LoraStyle;
import io.github.tcd4j.models.lora.MatchPolicy;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.convert.ModelConverter;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.tensor.DType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tcd4j convert IN OUT}: a model in another layout or precision. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    description = {
      "Write a model as a folder in diffusers layout, or as a single .safetensors file, in another"
          + " precision, or with LoRAs in its weights; or a LoRA in the names of another trainer.",
      "Everything else is copied bit for bit."
    })
public final class ConvertCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Parameters(index = "0", paramLabel = "IN", description = "Model folder, single file, or LoRA.")
  Path in;

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "A name that ends in .safetensors for a single file, else a folder.")
  Path out;

  @Option(
      names = "--dtype",
      paramLabel = "f32|bf16|f16",
      description = "Precision of the weights. Default: as they are.")
  @Nullable DType dtype;

  @Option(
      names = {"-l", "--lora"},
      paramLabel = "FILE[:WEIGHT]",
      description = "LoRA to write into the weights, repeatable.")
  List<String> loras = List.of();

  @Option(
      names = "--lora-style",
      paramLabel = LoraStyleConverter.NAMES,
      converter = LoraStyleConverter.class,
      description = {
        "For a LoRA: whose names its keys get. peft: diffusers' own; kohya: with diffusers' layers;"
            + " kohya-sgm: with sgm's, as its SDXL files; diffusers-old: of 2023."
      })
  @Nullable LoraStyle style;

  @Option(
      names = {"-m", "--model"},
      paramLabel = ModelOptions.LABEL,
      description =
          "For a LoRA: the model that it belongs to, whose layers decide what the names mean. Default: "
              + ModelOptions.EMBEDDED
              + ".")
  String model = ModelOptions.EMBEDDED;

  @Option(names = "--strict", description = "Every key of a LoRA that finds no layer is an error.")
  boolean strict;

  @Option(
      names = "--partial",
      description = {
        "A LoRA of which only a part fits the model acts with that part. Default: it is refused,"
            + " unless the rest is for a network that the model does not have."
      })
  boolean partial;

  @Mixin ComponentOptions parts = new ComponentOptions();

  @Override
  public Integer call() throws IOException {
    if (Files.exists(out)) {
      throw new InvalidRequestException(out + " exists; convert replaces nothing, use a new name");
    }
    if (dtype != null && !dtype.isFloating()) {
      throw new InvalidRequestException("dtype must be f32, bf16 or f16 but was " + dtype);
    }
    PrintWriter err = spec.commandLine().getErr();
    if (Files.isRegularFile(in) && LoraFile.isOne(in)) {
      convertLora(err);
      spec.commandLine().getOut().println(out);
      return ExitCode.OK;
    }
    if (style != null) {
      throw new InvalidRequestException("--lora-style is for LoRAs but " + in + " is none");
    }
    ModelFolder folder = parts.open(in);
    folder.notes().forEach(err::println);
    ModelConverter converter =
        new ModelConverter(
            dtype, loras.stream().map(LoraSpec::parse).toList(), MatchPolicy.of(strict, partial));
    if (out.toString().endsWith(".safetensors")) {
      converter.toFile(folder, out, err::println);
    } else {
      converter.toFolder(folder, out, err::println);
    }
    spec.commandLine().getOut().println(out);
    return ExitCode.OK;
  }

  private void convertLora(PrintWriter err) {
    if (style == null) {
      throw new InvalidRequestException(
          in
              + " is a LoRA; choose the names to write with --lora-style: "
              + LoraStyleConverter.NAMES);
    }
    if (!loras.isEmpty() || parts.vae != null || parts.prediction != null) {
      throw new InvalidRequestException(
          "--lora, --vae and --prediction have no effect on a LoRA that is converted; leave them out");
    }
    ModelFolder owner =
        ModelFolder.open(model, ModelOptions.place(model), parts.others().withVae(null));
    LoraMatchReport report =
        new LoraConverter(style, dtype)
            .convert(in, out, owner.layers(), MatchPolicy.of(strict, partial));
    err.println("LoRA " + in + ": " + report);
    if (Verbosity.of(spec)) {
      report.unmatched().forEach(u -> err.println("  unmatched: " + u));
    }
  }
}
