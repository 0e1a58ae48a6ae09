package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.console.GenerationProgress;
import io.github.tcd4j.cli.console.Interrupt;
import io.github.tcd4j.cli.options.MachineOptions;
import io.github.tcd4j.cli.options.ModelOptions;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.pipeline.Animation;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Replay;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.ResolvedRequest;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ComponentOverrides;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.tensor.Device;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tcd4j replay FILE}: generates a picture again, the same or with changes. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Generate a picture again from the settings inside it: the same bytes on the same machine.",
      "With changes, another picture; with lists of changes, a labelled contact sheet, of an"
          + " animation an animated one."
    },
    footer = {
      "",
      "Examples:",
      "  tcd4j replay apple.png",
      "  tcd4j replay apple.png --gamma 0,0.3,0.7,1",
      "  tcd4j replay apple.png --gamma 0,0.3,1 --steps 2,4,8"
    })
public final class ReplayCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "A PNG, GIF or WebP file that tcd4j wrote.")
  Path file;

  @ArgGroup(validate = false, heading = "%nModel%n", order = 1)
  ModelOptions model = new ModelOptions();

  @ArgGroup(
      validate = false,
      heading = "%nChanges, of which one or two may be lists such as 0,0.3,1%n",
      order = 2)
  ReplayChanges changes = new ReplayChanges();

  @Option(
      names = "--embedding",
      paramLabel = "FILE",
      order = 9,
      description =
          "Where a textual inversion of the picture is, repeatable. Default: by its name in the"
              + " working folder or that of the picture.")
  List<Path> embeddings = List.of();

  @Option(
      names = "--input",
      paramLabel = "FILE",
      order = 9,
      description =
          "Where a picture, mask, hint or adapter is that the picture was made with, repeatable."
              + " Default: by its name in the working folder or that of the picture, an adapter also"
              + " in the model's folder adapters.")
  List<Path> inputs = List.of();

  @ArgGroup(validate = false, heading = "%nMachine%n", order = 3)
  MachineOptions machine = new MachineOptions();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE|DIR",
      order = 10,
      description = "A name that ends in .png, or a folder. No file is ever replaced.")
  @Nullable Path output;

  @Override
  public Integer call() throws IOException {
    if (machine.batch != null) {
      throw new InvalidRequestException(
          "--batch has no effect here: a picture is generated again in the batch that it was generated"
              + " in, and a changed one alone");
    }
    GenerationSettings then = Replay.of(file).settings();
    ReplayFiles files = new ReplayFiles(file, then, model, embeddings, inputs);
    ModelFolder folder = files.folder();
    Replay replay = new Replay(files.located(folder));
    files.forgetPlaces();
    Device device = machine.device == null ? Device.parse(then.machine().device()) : machine.device;
    List<SheetAxis> axes = changes.axes();
    boolean same = !changes.any() && !model.changes() && !machine.any();
    List<Request> requests =
        same
            ? List.of(replay.request())
            : SheetAxis.product(axes).stream()
                .map(change -> changed(replay, folder, change))
                .toList();
    ResolvedRequest first = ResolvedRequest.of(folder, requests.get(0), device);
    boolean moves = replay.moves();
    ReplaySheet sheet = axes.isEmpty() ? null : new ReplaySheet(then, axes);
    AnimationFiles clips = AnimationFiles.of(moves ? likeOld(output, sheet) : null);
    PictureFiles pictures = PictureFiles.of(moves ? null : output);
    if (moves) {
      clips.prepare();
    } else {
      pictures.prepare();
    }
    PrintWriter err = spec.commandLine().getErr();
    List<String> differences = replay.differences(first.settings());
    differences.forEach(d -> err.println("note: " + d));
    if (model.model != null && !named(then.model().overrides()).equals(named(folder.others()))) {
      err.println("note: tokenizer, text encoder and autoencoder are those of " + model.model);
    }
    try (Interrupt interrupt = Interrupt.watch(Duration.ofSeconds(2));
        // A sheet's pictures follow each other with the same networks.
        TextToImage loaded =
            axes.isEmpty() ? machine.model(folder, device) : TextToImage.load(folder, device)) {
      GenerationProgress progress = GenerationProgress.of(spec, interrupt);
      if (sheet != null) {
        print(
            moves
                ? animatedSheet(sheet, clips, loaded, requests, progress, interrupt)
                : sheet(sheet, pictures, loaded, requests, progress, interrupt));
      } else if (moves) {
        Animation animation =
            same
                ? replay.animate(loaded, requests.get(0), progress)
                : loaded.animate(requests.get(0), progress).get(0);
        Path to = interrupt.shielded(() -> clips.write(animation));
        if (same && Files.isRegularFile(to) && isAnimation()) {
          compare(err, to, differences.isEmpty());
        }
        print(to);
      } else {
        Picture picture =
            same
                ? replay.generate(loaded, requests.get(0), progress)
                : loaded.generate(requests.get(0), progress).get(0);
        String prompt = picture.settings().prompt().text();
        Path to = interrupt.shielded(() -> pictures.write(prompt, picture::writeNew));
        if (same) {
          compare(err, to, differences.isEmpty());
        }
        print(to);
      }
    }
    return ExitCode.OK;
  }

  /** In the format that the old one has, unless another is named. */
  private @Nullable Path likeOld(@Nullable Path named, @Nullable ReplaySheet sheet) {
    String old = FileName.of(file.toString()).toLowerCase(Locale.ROOT);
    String ending = old.endsWith("png") ? ".png" : old.endsWith(".webp") ? ".webp" : "";
    String stem = FileName.of(file.toString()).replaceAll("\\.\\w+$", "");
    String subject = PictureFiles.slug(sheet == null ? stem : sheet.name());
    return named == null && !ending.isEmpty() ? Path.of(subject + ending) : named;
  }

  /** Whether the file is an animation itself, and not one of its frames. */
  private boolean isAnimation() throws IOException {
    String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    return bytes.startsWith("GIF8") || bytes.startsWith("RIFF") || bytes.contains("acTL");
  }

  private static List<String> named(ComponentOverrides others) {
    return Stream.of(others.tokenizer(), others.textEncoder(), others.vae())
        .map(path -> path == null ? "" : FileName.of(path.toString()))
        .toList();
  }

  /** A changed picture is generated alone: its company would only change its last bits. */
  private Request changed(Replay replay, ModelFolder folder, SheetAxis.Change change) {
    GenerationSettings then = replay.settings();
    return replay.with(
        r -> {
          Request.Builder alone = r.seed(then.seed()).count(1).batch(1);
          if (model.loras != null) {
            alone.loras(model.choices());
          }
          if (model.strict || model.loras != null) {
            alone.policy(model.policy());
          }
          if (machine.dtype != null) {
            alone.dtype(machine.dtype);
          }
          if (machine.tiling) {
            alone.tiling(true);
          }
          if (machine.threads != null) {
            alone.threads(machine.threads);
          }
          return change.apply(changes.apply(alone, folder, model));
        });
  }

  private static Path sheet(
      ReplaySheet sheet,
      PictureFiles files,
      TextToImage model,
      List<Request> requests,
      Progress progress,
      Interrupt interrupt)
      throws IOException {
    List<Picture> pictures =
        requests.stream().map(r -> model.generate(r, progress).get(0)).toList();
    return interrupt.shielded(
        () -> files.write(sheet.name(), name -> sheet.writeNew(name, pictures)));
  }

  private static Path animatedSheet(
      ReplaySheet sheet,
      AnimationFiles files,
      TextToImage model,
      List<Request> requests,
      Progress progress,
      Interrupt interrupt)
      throws IOException {
    List<Animation> animations =
        requests.stream().map(r -> model.animate(r, progress).get(0)).toList();
    return interrupt.shielded(() -> files.write(sheet.name(), sheet.clip(animations)));
  }

  private void compare(PrintWriter err, Path generated, boolean alike) throws IOException {
    if (Files.mismatch(file, generated) == -1) {
      err.println("the same bytes as " + file);
    } else if (!isAnimation() && samePixels(generated)) {
      // Files that have other names today, as --input gives them.
      err.println("the same pixels as " + file + ", with other texts");
    } else {
      err.println(
          "note: the bytes differ from those of "
              + file
              + (alike ? "; another machine may have generated that" : ", see above"));
    }
  }

  private boolean samePixels(Path generated) throws IOException {
    Image then = ImageDecoder.decode(Files.readAllBytes(file));
    Image now = ImageDecoder.decode(Files.readAllBytes(generated));
    return then.width() == now.width() && Arrays.equals(then.rgb(), now.rgb());
  }

  private void print(Path to) {
    spec.commandLine().getOut().println(to);
    spec.commandLine().getOut().flush();
  }
}
