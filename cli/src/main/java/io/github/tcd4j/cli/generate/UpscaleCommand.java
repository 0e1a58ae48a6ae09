package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.console.GenerationProgress;
import io.github.tcd4j.cli.console.Interrupt;
import io.github.tcd4j.cli.options.ControlText;
import io.github.tcd4j.cli.options.ImagePromptText;
import io.github.tcd4j.cli.options.MachineOptions;
import io.github.tcd4j.cli.options.ModelOptions;
import io.github.tcd4j.cli.options.SamplingOptions;
import io.github.tcd4j.cli.options.SeedOptions;
import io.github.tcd4j.cli.options.UpscalePromptOptions;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Latents;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.ResolvedRequest;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.pipeline.lora.PromptLoras;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tcd4j upscale IMAGE...}: larger pictures with new detail. */
@Command(
    name = "upscale",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Enlarge pictures: Lanczos first, then new detail by the model, through overlapping windows of"
          + " the size that it was trained for.",
      "With an upscaler as model (Stable Diffusion x4) by that, 4 times; in windows where the result"
          + " is larger than a megapixel.",
      "The file is named after the picture and contains the settings."
    },
    footer = {
      "",
      "Examples:",
      "  tcd4j upscale apple.png --scale 2 --prompt \"red apple, fluent 3d style\"",
      "  tcd4j upscale photo.jpg -m MODEL_DIR -l TCD_LORA.safetensors --strength 0.4 --steps 8",
      "  tcd4j upscale photo.jpg -m MODEL_DIR --control control_v11f1e_sd15_tile --strength 0.8",
      "  tcd4j upscale small.jpg -m stable-diffusion-x4-upscaler -p \"a white cat\" --noise-level 40"
    })
public final class UpscaleCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Parameters(
      paramLabel = "IMAGE",
      arity = "1..*",
      description = "Pictures to enlarge: PNG, JPEG or WebP.")
  List<Path> images = List.of();

  @Option(
      names = "--scale",
      paramLabel = "N",
      order = 0,
      description =
          "Factor on both sides, above 1 and at most 8. Default: 2; an upscaler has its own alone.")
  @Nullable Double scale;

  @Option(
      names = "--tile",
      paramLabel = "N",
      order = 0,
      description =
          "Side of a window in pixels of the result. Default: what the model was trained on; of an"
              + " upscaler no windows up to a megapixel.")
  @Nullable Integer tile;

  @Option(
      names = "--overlap",
      paramLabel = "N",
      order = 0,
      description = "Of neighbouring windows in pixels. Default: a quarter of a window.")
  @Nullable Integer overlap;

  @Option(
      names = "--strength",
      paramLabel = "X",
      order = 0,
      description =
          "How much is generated anew, above 0 and at most 1; of N steps the last floor(N X) run."
              + " Default: 0.35.")
  @Nullable Double strength;

  @Option(
      names = "--noise-level",
      paramLabel = "N",
      order = 0,
      description =
          "Upscalers: noise that is added to the picture before they read it, 0 to 350 as a rule;"
              + " more hides its faults and makes up more. Default: 20.")
  @Nullable Integer noiseLevel;

  @Option(
      names = "--control",
      paramLabel = "MODEL[@KIND][=[IMAGE][:WEIGHT[:START-END]]]",
      order = 0,
      description = {
        "ControlNet or T2I-Adapter that every window follows, repeatable. Without IMAGE its hint is"
            + " the picture itself, as ControlNet tile wants it: MODEL, or MODEL=:0.7.",
        "The parts are those of generate's --control."
      })
  List<String> controls = List.of();

  @Option(
      names = "--ip-adapter",
      paramLabel = "FILE[=[IMAGE[+IMAGE...]][:SCALE]]",
      order = 0,
      description = {
        "IP-Adapter, a file, and pictures as prompt of every window, repeatable. Without IMAGE the"
            + " picture itself: FILE, or FILE=:0.6.",
        "Needs --image-encoder."
      })
  List<String> imagePrompts = List.of();

  @Option(
      names = "--image-encoder",
      paramLabel = "DIR",
      order = 0,
      description = "Folder of the CLIP vision encoder that the IP-Adapters were trained with.")
  @Nullable Path imageEncoder;

  @ArgGroup(validate = false, heading = "%nPrompt%n", order = 1)
  UpscalePromptOptions prompt = new UpscalePromptOptions();

  @ArgGroup(validate = false, heading = "%nModel%n", order = 2)
  ModelOptions model = new ModelOptions();

  @ArgGroup(validate = false, heading = "%nSampling%n", order = 3)
  SamplingOptions sampling = new SamplingOptions();

  @ArgGroup(validate = false, heading = "%nPictures%n", order = 4)
  PictureOptions pictures = new PictureOptions();

  @ArgGroup(validate = false, heading = "%nMachine%n", order = 5)
  MachineOptions machine = new MachineOptions();

  /** How many of each, and where to. */
  static final class PictureOptions extends SeedOptions {
    @Option(
        names = {"-o", "--output"},
        paramLabel = "FILE|DIR",
        description = "A name that ends in .png, or a folder. No file is ever replaced.")
    @Nullable Path output;

    @Option(
        names = "--latents-out",
        paramLabel = "FILE",
        description =
            "Also write the final latents of all results of one picture, as safetensors; the file is"
                + " replaced.")
    @Nullable Path latents;
  }

  private AdapterSettings adapters(Path image) {
    List<ControlSettings> settings =
        controls.stream().map(c -> ControlText.parse(c, image)).toList();
    List<ImagePromptSettings> prompts =
        imagePrompts.stream().map(p -> ImagePromptText.parse(p, image)).toList();
    return new AdapterSettings(
        settings,
        false,
        prompts,
        imageEncoder == null ? null : AdapterModel.of("image encoder", imageEncoder));
  }

  @Override
  public Integer call() throws IOException {
    if (pictures.latents != null && images.size() > 1) {
      throw new InvalidRequestException(
          ("--latents-out is for one picture, whose size its latents have, but ")
              + (images.size() + " were given"));
    }
    ModelFolder folder = model.folder(ModelOptions.EMBEDDED);
    List<Request> requests = images.stream().map(image -> request(image, folder)).toList();
    // A mistake in any of them is reported before the first picture.
    requests.forEach(request -> ResolvedRequest.of(folder, request, machine.device()));
    PictureFiles files = PictureFiles.of(pictures.output).prepare();
    LatentsFile kept = pictures.latents == null ? null : new LatentsFile(pictures.latents);
    if (kept != null) {
      kept.requireFolder();
    }
    try (Interrupt interrupt = Interrupt.watch(Duration.ofSeconds(2));
        TextToImage loaded = machine.model(folder, machine.device())) {
      GenerationProgress progress = GenerationProgress.of(spec, interrupt);
      for (int i = 0; i < requests.size(); i++) {
        List<Latents> latents = new ArrayList<>();
        Request request = requests.get(i);
        String name = FileName.of(images.get(i).toString()).replaceFirst("\\.[^.]+$", "");
        loaded.generate(
            List.of(request.prompt().text()),
            request,
            progress,
            picture -> {
              print(interrupt.shielded(() -> files.write(name + " upscaled", picture::writeNew)));
              latents.add(picture.latents());
            });
        if (kept != null) {
          kept.write(latents, interrupt, spec.commandLine().getOut());
        }
        spec.commandLine().getOut().flush();
      }
    }
    return ExitCode.OK;
  }

  private Request request(Path image, ModelFolder folder) {
    PromptLoras tagged = prompt.prompt();
    return machine
        .apply(sampling.apply(Request.builder("")))
        .prompt(prompt.settings().withText(tagged.text()))
        .seed(pictures.seed())
        .count(pictures.count)
        .image(image)
        .strength(strength)
        .upscaling(new Upscaling(scale, tile, overlap, noiseLevel))
        .adapters(adapters(image))
        .loras(tagged.choices(model.choices(), folder, new NamedLoras(folder, model.loraFolder)))
        .policy(model.policy())
        .build();
  }

  private void print(Path file) {
    spec.commandLine().getOut().println(file);
    spec.commandLine().getOut().flush();
  }
}
