package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.console.GenerationProgress;
import io.github.tcd4j.cli.console.Interrupt;
import io.github.tcd4j.cli.options.AdapterOptions;
import io.github.tcd4j.cli.options.ImageSizeConverter;
import io.github.tcd4j.cli.options.InputOptions;
import io.github.tcd4j.cli.options.MachineOptions;
import io.github.tcd4j.cli.options.ModelOptions;
import io.github.tcd4j.cli.options.MotionOptions;
import io.github.tcd4j.cli.options.PromptOptions;
import io.github.tcd4j.cli.options.SamplingOptions;
import io.github.tcd4j.cli.options.SeedOptions;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Animation;
import io.github.tcd4j.pipeline.Latents;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.ResolvedRequest;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.lora.PromptLoras;
import io.github.tcd4j.pipeline.metadata.SizeConditioning;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tcd4j generate PROMPT...}: prompts to pictures that carry their settings. */
@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Generate images from a prompt. The file is named after it and contains the settings.",
    footer = {
      "",
      "Examples:",
      "  tcd4j generate red apple, fluent 3d style",
      "  tcd4j generate \"cat face, noto style\" --steps 8 --gamma 0 --count 5 -o cats/",
      "  tcd4j generate \"a lovely cat\" -m MODEL_DIR -l TCD_LORA.safetensors --sampler tcd",
      "  tcd4j generate green apple --image apple.png --strength 0.5",
      "  tcd4j generate cat face --image room.png --mask sofa.png --mask-blur 4",
      "  tcd4j generate \"a lovely cat\" -m MODEL_DIR --control CONTROLNET=canny:cat.jpg:0.8",
      "  tcd4j generate \"a lovely cat\" -m MODEL_DIR --motion MOTION_DIR --frames 16 -o cat.gif"
    })
public final class GenerateCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @ArgGroup(validate = false, heading = "%nPrompt%n", order = 1)
  PromptOptions prompt = new PromptOptions();

  @ArgGroup(validate = false, heading = "%nModel%n", order = 2)
  ModelOptions model = new ModelOptions();

  @ArgGroup(validate = false, heading = "%nSampling%n", order = 3)
  SamplingOptions sampling = new SamplingOptions();

  @ArgGroup(validate = false, heading = "%nFrom a picture%n", order = 4)
  InputOptions input = new InputOptions();

  @ArgGroup(validate = false, heading = "%nWith adapters%n", order = 5)
  AdapterOptions adapters = new AdapterOptions();

  @ArgGroup(validate = false, heading = "%nMoving%n", order = 6)
  MotionOptions motion = new MotionOptions();

  @ArgGroup(validate = false, heading = "%nPictures%n", order = 7)
  PictureOptions pictures = new PictureOptions();

  @ArgGroup(validate = false, heading = "%nMachine%n", order = 8)
  MachineOptions machine = new MachineOptions();

  /** How many, how large, and where to. */
  static final class PictureOptions extends SeedOptions {
    @Option(
        names = "--size",
        paramLabel = "WxH",
        converter = ImageSizeConverter.Converter.class,
        description = "In pixels. Default: that of --image, else what the model was trained on.")
    @Nullable ImageSizeConverter size;

    @Option(
        names = "--original-size",
        paramLabel = "WxH",
        converter = ImageSizeConverter.Converter.class,
        description = "SDXL: size of the photograph before it was scaled. Default: --size.")
    @Nullable ImageSizeConverter originalSize;

    @Option(
        names = "--crop",
        paramLabel = "LEFT,TOP",
        split = ",",
        arity = "1",
        description = "SDXL: where the picture lies in that photograph. Default: 0,0.")
    @Nullable List<Integer> crop;

    @Option(
        names = "--target-size",
        paramLabel = "WxH",
        converter = ImageSizeConverter.Converter.class,
        description = "SDXL: original size that the model is conditioned on. Default: --size.")
    @Nullable ImageSizeConverter targetSize;

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FILE|DIR",
        description =
            "A name that ends in .png, or a folder; of an animation .gif, .png, .webp, or a folder"
                + " for its frames. No file is ever replaced.")
    @Nullable Path output;

    @Option(
        names = "--latents-out",
        paramLabel = "FILE",
        description =
            "Also write the final latents of all pictures, as safetensors; the file is replaced.")
    @Nullable Path latents;

    /** Before anything is generated. */
    void requireFolderOfLatents() {
      if (latents != null) {
        new LatentsFile(latents).requireFolder();
      }
    }

    /** The sizes that SDXL is conditioned on. */
    SizeConditioning sizes() {
      SizeConditioning framing = SizeConditioning.OWN;
      if (originalSize != null) {
        framing = framing.withOriginal(originalSize.width(), originalSize.height());
      }
      if (crop != null) {
        if (crop.size() != 2) {
          throw new InvalidRequestException(
              "--crop must be LEFT,TOP, two whole numbers, but was " + crop);
        }
        framing = framing.withCrop(crop.get(0), crop.get(1));
      }
      return targetSize == null
          ? framing
          : framing.withTarget(targetSize.width(), targetSize.height());
    }

    /** Of the pictures of some prompts, given by their places, among those of all prompts. */
    Iterator<Integer> places(List<Integer> prompts) {
      return prompts.stream()
          .flatMap(p -> IntStream.range(p * count, (p + 1) * count).boxed())
          .iterator();
    }
  }

  @Override
  public Integer call() throws IOException {
    List<PromptLoras> prompts =
        prompt.texts().stream().map(text -> PromptLoras.read(text, prompt.syntax)).toList();
    ModelFolder folder = model.folder(ModelOptions.EMBEDDED);
    Map<Request, List<Integer>> groups = new LinkedHashMap<>();
    for (int i = 0; i < prompts.size(); i++) {
      groups.computeIfAbsent(request(prompts.get(i), folder), r -> new ArrayList<>()).add(i);
    }
    // Needs no weights, so a mistake in any of them is reported before the first picture.
    groups.keySet().forEach(request -> ResolvedRequest.of(folder, request, machine.device()));
    boolean moves = motion.moves();
    PictureFiles files = PictureFiles.of(moves ? null : pictures.output);
    AnimationFiles clips = AnimationFiles.of(moves ? pictures.output : null);
    if (moves) {
      clips.prepare();
    } else {
      files.prepare();
    }
    pictures.requireFolderOfLatents();
    List<Latents> generated = new ArrayList<>();
    try (Interrupt interrupt = Interrupt.watch(Duration.ofSeconds(2));
        TextToImage loaded = machine.model(folder, machine.device())) {
      GenerationProgress progress = GenerationProgress.of(spec, interrupt);
      int all = prompts.size() * pictures.count;
      OrderedEmitter<Picture> order =
          new OrderedEmitter<>(
              all,
              picture -> {
                String prompt = picture.settings().prompt().text();
                print(interrupt.shielded(() -> files.write(prompt, picture::writeNew)));
                keep(generated, List.of(picture.latents()));
              });
      OrderedEmitter<Animation> moving =
          new OrderedEmitter<>(
              all,
              animation -> {
                print(interrupt.shielded(() -> clips.write(animation)));
                keep(generated, animation.latents());
              });
      groups.forEach(
          (request, places) -> {
            List<String> texts = places.stream().map(p -> prompts.get(p).text()).toList();
            Iterator<Integer> next = pictures.places(places);
            if (moves) {
              loaded.animate(texts, request, progress, made -> moving.put(next.next(), made));
            } else {
              loaded.generate(texts, request, progress, made -> order.put(next.next(), made));
            }
          });
      if (pictures.latents != null) {
        new LatentsFile(pictures.latents).write(generated, interrupt, spec.commandLine().getOut());
      }
    }
    return ExitCode.OK;
  }

  /** Without the prompt itself: equal for prompts that go through the networks together. */
  private Request request(PromptLoras tagged, ModelFolder folder) {
    ImageSizeConverter size = pictures.size;
    return machine
        .apply(sampling.apply(Request.builder("")))
        .seed(pictures.seed())
        .count(pictures.count)
        .size(size == null ? null : size.width(), size == null ? null : size.height())
        .prompt(prompt.settings())
        .sizeConditioning(pictures.sizes())
        .input(input.settings())
        .adapters(adapters.settings().withMotion(motion.settings()))
        .loras(tagged.choices(model.choices(), folder, new NamedLoras(folder, model.loraFolder)))
        .policy(model.policy())
        .build();
  }

  private void keep(List<Latents> generated, List<Latents> more) {
    if (pictures.latents != null) {
      generated.addAll(more);
    }
  }

  private void print(Path file) {
    spec.commandLine().getOut().println(file);
    spec.commandLine().getOut().flush();
  }
}
