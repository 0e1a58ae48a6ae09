package io.github.tcd4j.pipeline;

import static io.github.tcd4j.pipeline.FidelityCases.DEVICE;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Precision;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.vae.Posterior;
import io.github.tcd4j.pipeline.FidelityCases.Run;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.pipeline.prompt.PromptEncoder;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every class of model compared with diffusers: networks one by one, then whole runs. With {@code
 * -Dtcd4j.fidelity=FILE} the largest differences are written as a table, and {@code
 * -Dtcd4j.device=cuda} computes on a GPU, where NVIDIA_TF32_OVERRIDE=0 has to keep the convolutions
 * in float32.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FidelityTest {
  private static final double LIMIT = 1e-4;

  private FidelityCases cases;
  private final FidelityTable table = new FidelityTable();
  private final long seed = FidelityCases.description().path("inputSeed").asLong();
  private final String prompt = FidelityCases.description().path("prompt").asText();
  private final String negative = FidelityCases.description().path("negative").asText();

  @BeforeAll
  void open(@TempDir Path temporary) {
    cases = new FidelityCases(temporary);
  }

  @AfterAll
  void finish() throws IOException {
    cases.close();
    table.writeWhereRequested();
  }

  static Stream<String> folders() {
    return FidelityCases.folders();
  }

  static Stream<Run> runs() {
    return FidelityCases.runs().stream();
  }

  private void same(String model, String what, Tensor actual, Tensor expected) {
    assertThat(actual.shape()).as(model + " " + what).isEqualTo(expected.shape());
    double difference = Tiny.distance(actual, expected);
    if (what.startsWith("animation: ")) {
      table.addAnimation(model, what.substring("animation: ".length()), difference);
    } else if (what.startsWith("adapter: ")) {
      table.addAdapter(model, what.substring("adapter: ".length()), difference);
    } else if (what.startsWith("image: ")
        || what.startsWith("mask: ")
        || what.startsWith("edit: ")) {
      table.addInput(model, what, difference);
    } else if (what.startsWith("upscale: ")) {
      table.addUpscaled(model, what.substring("upscale: ".length()), difference);
    } else if (what.startsWith("LoRA: ")) {
      table.addLora(model, what.substring("LoRA: ".length()), difference);
    } else {
      table.add(model, what, difference);
    }
    assertThat(difference).as(model + " " + what).isLessThan(LIMIT);
  }

  @ParameterizedTest
  @MethodSource("folders")
  void networksGiveTheOutputsOfDiffusers(String model) {
    ModelFolder folder = ModelFolder.open(model, FidelityCases.resource(model));
    try (Scope scope = Scope.inference();
        LoadedModel networks = new LoadedModel(folder, DEVICE, true)) {
      List<String> notes = new ArrayList<>();
      networks.use(Precision.FULL, null, noting(notes));
      Conditioning text =
          new PromptEncoder(networks, folder, PromptSettings.PLAIN, Progress.SILENT)
              .encodePairs(List.of(prompt), negative);
      same(model, "text", text.tokens(), FidelityCases.expected(model, "tokens"));
      if (text.pooled() != null) {
        same(model, "text", text.pooled(), FidelityCases.expected(model, "pooled"));
      }
      UNet2DConditionConfig config = networks.unet().config();
      Tensor x = new RandomSource(seed).normal(2, config.inChannels(), 12, 10).to(DEVICE);
      Tensor times = Tensor.of(new long[] {999, 437}, 2).to(DEVICE);
      Tensor output = networks.unet().forward(x, times, conditioning(text, config), Adapters.NONE);
      same(model, "U-Net", output, FidelityCases.expected(model, "unet"));
      Posterior latents =
          networks.vae().encode(new RandomSource(seed + 1).normal(2, 3, 24, 16).to(DEVICE));
      Tensor moments = Tensor.cat(1, latents.mean(), latents.logVariance());
      same(model, "VAE encoder", moments, FidelityCases.expected(model, "moments"));
      Tensor pixels = networks.vae().decode(x.narrow(1, 0, 4));
      same(model, "VAE decoder", pixels, FidelityCases.expected(model, "pixels"));
      assertThat(notes).isEmpty();
    }
  }

  private static Progress noting(List<String> notes) {
    return new Progress() {
      @Override
      public void note(String message) {
        notes.add(message);
      }
    };
  }

  /** With the sizes and guidance weights of the script, where the U-Net listens to them. */
  static Conditioning conditioning(Conditioning text, UNet2DConditionConfig config) {
    float[] sizes = {16, 24, 0, 0, 16, 24, 20, 10, 3, 5, 32, 16};
    Conditioning conditioning =
        config.textTime() ? text.withTimeIds(Tensor.of(sizes, 2, 6).to(DEVICE)) : text;
    return config.timeCondProjDim() > 0
        ? conditioning.withGuidance(Tensor.of(new float[] {0.5f, 7.5f}, 2).to(DEVICE))
        : conditioning;
  }

  @ParameterizedTest
  @MethodSource("runs")
  void runsEndInTheLatentsAndPicturesOfDiffusers(Run run) {
    try (Scope scope = Scope.inference()) {
      List<Picture> pictures =
          cases.model(run.model()).generate(run.request(prompt).build(), Progress.SILENT);
      Tensor expected = FidelityCases.expected(run.model(), "run " + run.number());
      same(run.model(), run.kind(), Tiny.latents(pictures).to(DEVICE), expected);
      Tensor images = FidelityCases.expected(run.model(), "image " + run.number());
      samePictures(run.model(), "pictures", pictures, images);
    }
  }

  static Stream<LoraCase> loras() {
    return LoraCase.all().stream();
  }

  @ParameterizedTest
  @MethodSource("loras")
  void lorasOfEveryStyleEndInTheLatentsAndPicturesOfDiffusers(LoraCase lora) {
    try (Scope scope = Scope.inference()) {
      Run run = lora.run();
      Request request = run.request(prompt).loras(lora.loras()).strict(true).build();
      List<Picture> pictures = cases.model(run.model()).generate(request, Progress.SILENT);
      same(
          run.model(),
          "LoRA: " + lora.style(),
          Tiny.latents(pictures).to(DEVICE),
          lora.expected("run").to(DEVICE));
      samePictures(run.model(), "pictures with LoRA", pictures, lora.expected("image"));
    }
  }

  static Stream<InputCase> inputs() {
    return InputCase.all().stream();
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void requestsWithAPictureEndInTheLatentsAndPicturesOfDiffusers(InputCase input) {
    try (Scope scope = Scope.inference()) {
      Request request = input.request(prompt).build();
      List<Picture> pictures = cases.model(input).generate(request, Progress.SILENT);
      same(
          input.model(),
          input.kind(),
          Tiny.latents(pictures).to(DEVICE),
          input.expected("run").to(DEVICE));
      if (input.hasImage()) {
        samePictures(input.model(), "pictures from a picture", pictures, input.expected("image"));
      }
    }
  }

  static Stream<UpscaleCase> upscaled() {
    return UpscaleCase.all().stream();
  }

  @ParameterizedTest
  @MethodSource("upscaled")
  void picturesOfAnUpscalerAreThoseOfDiffusers(UpscaleCase c) {
    try (Scope scope = Scope.inference()) {
      Request request = c.request(prompt).build();
      List<Picture> pictures = cases.upscaler().generate(request, Progress.SILENT);
      Tensor latents = Tiny.latents(pictures).to(DEVICE);
      same(UpscaleCase.MODEL, "upscale: " + c.kind(), latents, c.expected("run").to(DEVICE));
      if (c.hasImage()) {
        samePictures(UpscaleCase.MODEL, "pictures, upscaled", pictures, c.expected("image"));
      }
    }
  }

  static Stream<AdapterCase> adapters() {
    return AdapterCase.all().stream();
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void requestsWithAdaptersEndInTheLatentsOfDiffusers(AdapterCase adapter) {
    try (Scope scope = Scope.inference()) {
      Request request = adapter.request(prompt).build();
      List<Picture> pictures = cases.model(adapter.model()).generate(request, Progress.SILENT);
      same(
          adapter.model(),
          "adapter: " + adapter.kind(),
          Tiny.latents(pictures).to(DEVICE),
          adapter.expected().to(DEVICE));
    }
  }

  static Stream<MotionCase> animations() {
    return MotionCase.all().stream();
  }

  @ParameterizedTest
  @MethodSource("animations")
  void animationsEndInTheLatentsAndFramesOfDiffusers(MotionCase c) {
    try (Scope scope = Scope.inference()) {
      Request request = c.request(prompt).build();
      List<Animation> made = cases.model(c.model()).animate(request, Progress.SILENT);
      same(
          c.model(),
          "animation: " + c.kind(),
          MotionCase.latents(made).to(DEVICE),
          c.expected("run").to(DEVICE));
      if (c.hasImage()) {
        List<Image> frames = made.stream().flatMap(a -> a.frames().stream()).toList();
        sameImages(c.model(), "frames", frames, c.expected("image"));
      }
    }
  }

  private void samePictures(String model, String what, List<Picture> pictures, Tensor expected) {
    sameImages(model, what, pictures.stream().map(Picture::image).toList(), expected);
  }

  /** Within one level in 99.9 % of all values. */
  private void sameImages(String model, String what, List<Image> images, Tensor expected) {
    byte[] theirs = expected.permute(0, 2, 3, 1).contiguous().toByteArray();
    int at = 0;
    int far = 0;
    int levels = 0;
    for (Image image : images) {
      for (byte value : image.rgb()) {
        int difference = Math.abs((value & 255) - (theirs[at++] & 255));
        levels = Math.max(levels, difference);
        far += difference > 1 ? 1 : 0;
      }
    }
    assertThat(at).isEqualTo(theirs.length);
    table.addLevels(model, what, levels);
    assertThat(far).as("values off by more than a level").isLessThanOrEqualTo(at / 1000);
  }
}
