package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that start from a picture; what diffusers makes of them tests {@link FidelityTest}. */
class InputRequestTest {
  @TempDir Path temporary;

  private int models;

  private static InputCase first(String model, String kind) {
    return InputCase.all().stream()
        .filter(c -> c.model().equals(model) && c.kind().startsWith(kind))
        .findFirst()
        .orElseThrow();
  }

  private Path fresh() {
    return temporary.resolve("model" + models++);
  }

  /** How far a request that is turned round somewhere is from what diffusers made. */
  private double distance(InputCase c, UnaryOperator<Request.Builder> turned) {
    try (Scope scope = Scope.inference();
        TextToImage model = Tiny.load(InputCase.open(c.model(), c.base(), fresh()))) {
      Request request = turned.apply(c.request("red apple, fluent 3d style!")).build();
      return Tiny.distance(Tiny.latents(model.generate(request)), c.expected("run"));
    }
  }

  private static InputFile inverted(String mask) {
    try {
      Image image = ImageDecoder.decode(Files.readAllBytes(InputCase.resource(mask)));
      byte[] rgb = image.rgb().clone();
      for (int i = 0; i < rgb.length; i++) {
        rgb[i] = (byte) (255 - (rgb[i] & 255));
      }
      return InputFile.of(
          mask, PngWriter.encode(new Image(image.width(), image.height(), rgb), Map.of()));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aMaskTurnedRoundIsFarFromDiffusers() {
    for (String model : List.of("sd1", "inpaint")) {
      InputCase c = first(model, "mask: tcd");
      assertThat(distance(c, r -> r)).isLessThan(1e-4);
      assertThat(distance(c, r -> r.mask(inverted("mask.png")))).isGreaterThan(0.05);
    }
  }

  @Test
  void anotherPictureStrengthOrImageGuidanceIsFarFromDiffusers() {
    InputCase image = first("sd1", "image: tcd");
    assertThat(distance(image, r -> r.image(inverted("source.png")))).isGreaterThan(0.05);
    assertThat(distance(image, r -> r.strength(0.3))).isGreaterThan(0.05);
    InputCase edit = first("edit", "edit: lcm, guided");
    assertThat(distance(edit, r -> r.imageGuidance(3.0))).isGreaterThan(0.01);
    assertThat(distance(edit, r -> r.image(inverted("source.png")))).isGreaterThan(0.01);
  }

  @Test
  void everyPictureOfABatchIsThatOfItsOwnSeed() {
    Path source = InputCase.resource("source.png");
    Path mask = InputCase.resource("mask.png");
    try (Scope scope = Scope.inference();
        TextToImage model = Tiny.load()) {
      for (boolean masked : new boolean[] {false, true}) {
        Request three =
            Request.builder(Tiny.PROMPT)
                .sampler("tcd")
                .steps(4)
                .gamma(0.5)
                .size(16, 16)
                .image(source)
                .mask(masked ? mask : null)
                .strength(0.6)
                .seed(7)
                .count(3)
                .batch(2)
                .build();
        Tensor together = Tiny.latents(model.generate(three));
        for (int i = 0; i < 3; i++) {
          Request one = three.toBuilder().seed(7 + i).count(1).build();
          Tensor alone = Tiny.latents(model.generate(one));
          assertThat(Tiny.distance(together.narrow(0, i, 1), alone)).isLessThan(1e-5);
        }
      }
    }
  }

  @Test
  void keptPixelsAreThoseOfThePictureUnlessPastingIsLeftOut() throws Exception {
    Image source = ImageDecoder.decode(Files.readAllBytes(InputCase.resource("source.png")));
    byte[] half = new byte[3 * source.width() * source.height()];
    for (int i = 0; i < half.length; i++) {
      half[i] = (byte) (i / 3 % source.width() < 22 ? 255 : 0);
    }
    InputFile mask =
        InputFile.of(
            "left.png",
            PngWriter.encode(new Image(source.width(), source.height(), half), Map.of()));
    Request request =
        Request.builder(Tiny.PROMPT)
            .steps(2)
            .image(InputCase.resource("source.png"))
            .mask(mask)
            .build();
    try (TextToImage model = Tiny.load()) {
      Picture whole = model.generate(request).get(0);
      Picture left = model.generate(request.toBuilder().paste(false).build()).get(0);
      Image pasted = whole.image();
      Image decoded = left.image();
      try (Scope scope = Scope.inference()) {
        assertThat(Tiny.latents(List.of(whole)).sameAs(Tiny.latents(List.of(left)))).isTrue();
      }

      assertThat(pasted.width()).isEqualTo(44);
      assertThat(pasted.height()).isEqualTo(38);
      // A little of each at the edge, where resizing to 44 mixes them; the last column is kept.
      int last = 3 * (10 * 44 + 43);
      assertThat(pasted.rgb()[last]).isNotEqualTo(decoded.rgb()[last]);
      assertThat(pasted.rgb()[3 * 10 * 44]).isEqualTo(decoded.rgb()[3 * 10 * 44]);
    }
  }

  @Test
  void aReplayFromTheSettingsOfAPictureIsThatPicture() {
    Path source = InputCase.resource("source.png");
    try (TextToImage model = Tiny.load()) {
      Picture picture =
          model
              .generate(Request.builder(Tiny.PROMPT).steps(3).image(source).strength(0.7).build())
              .get(0);
      InputSettings kept =
          new Replay(picture.settings()).settings().input().withStrength(null).withImage(null);
      assertThat(kept).isEqualTo(InputSettings.NONE);
      Path file = temporary.resolve("picture.png");
      picture.write(file);
      Replay replay = Replay.of(file);

      assertThat(replay.settings().input().image().file()).isEqualTo("source.png");
      Request request =
          replay.request().toBuilder()
              .input(replay.settings().input().withImage(InputFile.of("picture", source)))
              .build();
      assertThat(replay.generate(model, request, Progress.SILENT).toPng())
          .isEqualTo(picture.toPng());
    }
  }

  @Test
  void aChangedFileIsNamedAmongTheDifferences() throws IOException {
    Path copy = temporary.resolve("source.png");
    Files.copy(InputCase.resource("source.png"), copy);
    ModelFolder tiny = Tiny.folder();
    Request request = Request.builder(Tiny.PROMPT).image(copy).build();
    Replay then = new Replay(ResolvedRequest.of(tiny, request, Device.CPU).settings());
    Files.copy(
        InputCase.resource("mask.png"), copy, java.nio.file.StandardCopyOption.REPLACE_EXISTING);

    assertThat(then.differences(ResolvedRequest.of(tiny, then.request(), Device.CPU).settings()))
        .singleElement()
        .asString()
        .startsWith("the picture source.png: ")
        .endsWith("; the picture may differ");
  }

  @Test
  void upscalingThroughOneWindowIsImg2imgOfTheEnlargedPicture() {
    Path source = InputCase.resource("source.png");
    Request.Builder plain =
        Request.builder(Tiny.PROMPT).sampler("tcd").steps(4).image(source).strength(0.5).seed(3);
    try (Scope scope = Scope.inference();
        TextToImage model = Tiny.load()) {
      Tensor large = Tiny.latents(model.generate(plain.size(90, 76).build()));
      Request.Builder up = plain.size(null, null);
      Picture one = model.generate(up.upscaling(new Upscaling(2, 96, 0)).build()).get(0);
      Tensor windows = Tiny.latents(model.generate(up.upscaling(new Upscaling(2, 32, 8)).build()));

      assertThat(one.image().width()).isEqualTo(90);
      assertThat(one.latents().tensor().sameAs(large)).isTrue();
      // The network sees 32 pixels at a time, of the same noise.
      assertThat(Tiny.distance(windows, large)).isBetween(1e-4, 1.0);
      assertThat(one.settings().input().upscaling()).isEqualTo(new Upscaling(2, 96, 0));
    }
  }

  @Test
  void theWindowOfUpscalingIsTheModelsOwnSizeAndAQuarterOverlaps() {
    Request request =
        Request.builder("a")
            .image(InputCase.resource("source.png"))
            .upscaling(new Upscaling(1.5, null, null))
            .build();
    ResolvedRequest resolved = ResolvedRequest.of(Tiny.folder(), request, Device.CPU);

    assertThat(resolved.settings().width()).isEqualTo(68);
    assertThat(resolved.settings().height()).isEqualTo(56);
    assertThat(resolved.settings().input().upscaling()).isEqualTo(new Upscaling(1.5, 16, 4));
    assertThat(resolved.settings().input().strength()).isEqualTo(0.35);
    assertThatThrownBy(() -> new Upscaling(1, null, null))
        .hasMessage("the scale of upscaling must be above 1 and at most 8.0 but was 1.0");
    assertThatThrownBy(() -> new Upscaling(2, 64, 64))
        .hasMessage(
            "the overlap of tiles must be at least 0 and less than a tile of 64 pixels but was 64");
  }

  @Test
  void whatWouldBeTooLargeIsRefusedBeforeThereIsMemoryForIt() {
    byte[] wide = PngWriter.encode(new Image(1100, 2, new byte[6600]), Map.of());
    Request request =
        Request.builder("a")
            .image(InputFile.of("wide.png", wide))
            .upscaling(new Upscaling(8, null, null))
            .build();
    assertThatThrownBy(() -> ResolvedRequest.of(Tiny.folder(), request, Device.CPU))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("width and height must be at most 8192 but were 8800 and 16");
  }

  @Test
  void imageGuidanceWithoutGuidanceIsReported() {
    ModelFolder folder = InputCase.open("edit", "sd1", fresh());
    Request request =
        Request.builder("a")
            .image(InputCase.resource("source.png"))
            .imageGuidance(2.0)
            .guidance(1)
            .build();
    ResolvedRequest resolved = ResolvedRequest.of(folder, request, Device.CPU);
    assertThat(resolved.notes())
        .anyMatch(n -> n.text().startsWith("image guidance has no effect: guidance is off"));
    Request guided = request.toBuilder().guidance(4).build();
    assertThat(ResolvedRequest.of(folder, guided, Device.CPU).notes()).isEmpty();
    assertThat(
            ResolvedRequest.of(folder, guided.toBuilder().imageGuidance(null).build(), Device.CPU)
                .settings()
                .input()
                .imageGuidance())
        .isEqualTo(1.5);
  }

  @Test
  void whatAModelCannotDoWithAPictureIsRefusedBeforeItIsRead() {
    Path source = InputCase.resource("source.png");
    refused(
        "inpaint",
        r -> r.image(source),
        "this is an inpainting model, which needs a mask; give one");
    refused(
        "edit",
        r -> r,
        "this is an InstructPix2Pix model, which cannot generate from a prompt alone; give a"
            + " picture");
    refused(
        "edit",
        r -> r.image(source).strength(0.5),
        "an InstructPix2Pix model edits the whole picture, so that masks, margins and strength"
            + " have no effect; image guidance says how much of the picture is kept");
    refused(
        "sd1",
        r -> r.image(source).imageGuidance(2.0),
        "image guidance has an effect only in an InstructPix2Pix model; this one starts from the"
            + " picture, which strength controls");
    refused(
        "sd1",
        r -> r.image(source).sampler("ddim").steps(4).strength(0.2),
        "strength must be in [0.25, 1] with 4 steps but was 0.2; use a greater strength or more"
            + " steps");
  }

  private void refused(String model, UnaryOperator<Request.Builder> choice, String sentence) {
    String base = model.equals("edit") ? "sd1" : model;
    ModelFolder folder = InputCase.open(model, base, fresh());
    Request request = choice.apply(Request.builder("a")).build();
    assertThatThrownBy(() -> ResolvedRequest.of(folder, request, Device.CPU))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage(sentence);
  }
}
