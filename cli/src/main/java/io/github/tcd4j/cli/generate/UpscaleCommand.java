package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.console.GenerationProgress;
import io.github.tcd4j.cli.console.Interrupt;
import io.github.tcd4j.cli.options.ControlText;
import io.github.tcd4j.cli.options.ImagePromptText;
import io.github.tcd4j.cli.options.MachineOptions;
import io.github.tcd4j.cli.options.ModelOptions;
import io.github.tcd4j.cli.options.SamplingOptions;
import io.github.tcd4j.cli.options.SeedConverter;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.ResolvedRequest;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.input.Upscaling;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
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

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TEXT",
      order = 0,
      description = "What the pictures show. Default: no words.")
  String prompt = "";

  @Option(
      names = {"-n", "--negative"},
      paramLabel = "TEXT",
      order = 0,
      description = "What to steer away from; acts only where guidance is on.")
  @Nullable String negative;

  @Option(
      names = "--seed",
      paramLabel = "N",
      order = 0,
      converter = SeedConverter.class,
      description = "The same for all pictures. Default: random.")
  @Nullable Long seed;

  @ArgGroup(validate = false, heading = "%nModel%n", order = 2)
  ModelOptions model = new ModelOptions();

  @ArgGroup(validate = false, heading = "%nSampling%n", order = 3)
  SamplingOptions sampling = new SamplingOptions();

  @ArgGroup(validate = false, heading = "%nMachine%n", order = 4)
  MachineOptions machine = new MachineOptions();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE|DIR",
      order = 10,
      description = "A name that ends in .png, or a folder. No file is ever replaced.")
  @Nullable Path output;

  @Option(
      names = "--latents-out",
      paramLabel = "FILE",
      order = 10,
      description =
          "Also write the final latents of one picture, as safetensors; the file is replaced.")
  @Nullable Path latents;

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
    if (latents != null && images.size() > 1) {
      throw new InvalidRequestException(
          ("--latents-out is for one picture, whose size its latents have, but ")
              + (images.size() + " were given"));
    }
    ModelFolder folder = model.folder(ModelOptions.EMBEDDED);
    long first = seed == null ? new SplittableRandom().nextLong(1L << 32) : seed;
    List<Request> requests = new ArrayList<>();
    for (Path image : images) {
      Request request =
          machine
              .apply(sampling.apply(Request.builder(prompt)))
              .negative(negative)
              .seed(first)
              .image(image)
              .strength(strength)
              .upscaling(new Upscaling(scale, tile, overlap, noiseLevel))
              .adapters(adapters(image))
              .loras(model.choices())
              .policy(model.policy())
              .build();
      // A mistake in any of them is reported before the first picture.
      ResolvedRequest.of(folder, request, machine.device());
      requests.add(request);
    }
    PictureFiles files = PictureFiles.of(output).prepare();
    LatentsFile kept = latents == null ? null : new LatentsFile(latents);
    if (kept != null) {
      kept.requireFolder();
    }
    try (Interrupt interrupt = Interrupt.watch(Duration.ofSeconds(2));
        TextToImage loaded = machine.model(folder, machine.device())) {
      GenerationProgress progress = GenerationProgress.of(spec, interrupt);
      for (int i = 0; i < requests.size(); i++) {
        Picture picture = loaded.generate(requests.get(i), progress).get(0);
        String name = FileName.of(images.get(i).toString()).replaceFirst("\\.[^.]+$", "");
        Path to = interrupt.shielded(() -> files.write(name + " upscaled", picture::writeNew));
        spec.commandLine().getOut().println(to);
        if (kept != null) {
          kept.write(List.of(picture.latents()), interrupt, spec.commandLine().getOut());
        }
        spec.commandLine().getOut().flush();
      }
    }
    return ExitCode.OK;
  }
}
