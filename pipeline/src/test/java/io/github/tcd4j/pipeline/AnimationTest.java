package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.models.lora.MatchPolicy;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.EdgeSource;
import io.github.tcd4j.pipeline.adapter.HintNetwork;
import io.github.tcd4j.pipeline.adapter.HintPicture;
import io.github.tcd4j.pipeline.adapter.MotionSettings;
import io.github.tcd4j.pipeline.edges.EdgeCase;
import io.github.tcd4j.pipeline.edges.EdgeMap;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Animations with tiny motion adapters; those of diffusers are compared in FidelityTest. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnimationTest {
  private static final double LIMIT = 1e-4;
  private static final String PROMPT = FidelityCases.description().path("prompt").asText();

  private FidelityCases cases;

  @BeforeAll
  void open(@TempDir Path temporary) {
    cases = new FidelityCases(temporary);
  }

  @AfterAll
  void close() {
    cases.close();
  }

  static Stream<MotionCase> withMotionLora() {
    return MotionCase.all().stream().filter(c -> c.settings().has("loras"));
  }

  private void same(MotionCase c, List<Animation> animations) {
    Tensor actual = MotionCase.latents(animations).to(FidelityCases.DEVICE);
    Tensor expected = c.expected("run").to(FidelityCases.DEVICE);
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(Tiny.distance(actual, expected)).as(c.toString()).isLessThan(LIMIT);
  }

  @ParameterizedTest
  @MethodSource("withMotionLora")
  void aMotionLoraUnderTheNamesOfItsAuthorsActsTheSame(MotionCase c) {
    try (Scope scope = Scope.inference()) {
      Request request = c.request(PROMPT).loras(c.loras(true)).strict(true).build();

      same(c, cases.model(c.model()).animate(request, Progress.SILENT));
    }
  }

  private static Request.Builder small() {
    return Request.builder(PROMPT)
        .sampler("tcd")
        .steps(2)
        .seed(3)
        .size(16, 16)
        .loras(List.of())
        .motion(MotionCase.resource("sd1"))
        .frames(4);
  }

  private TextToImage model() {
    return cases.model("sd1");
  }

  @Test
  void aMotionLoraIsRefusedByNameWhereNoMotionAdapterIs() {
    Request request =
        small()
            .motion(null)
            .lora(MotionCase.resource("motion-lora.safetensors"), 1)
            .policy(MatchPolicy.WHOLE)
            .build();

    assertThatThrownBy(() -> model().generate(request))
        .isInstanceOf(LoraException.class)
        .hasMessageContaining("of a motion adapter, which the request does not have");
  }

  @Test
  void lorasComeAndGoWhileTheMotionAdapterStaysInMemory() {
    try (Scope scope = Scope.inference();
        TextToImage own = TextToImage.load(FidelityCases.resource("sd1"))) {
      Request with = small().lora(MotionCase.resource("motion-lora.safetensors"), 1).build();
      Tensor before = MotionCase.latents(own.animate(small().build()));
      Tensor changed = MotionCase.latents(own.animate(with));
      Tensor after = MotionCase.latents(own.animate(small().build()));
      Tensor again = MotionCase.latents(own.animate(with));

      assertThat(Tiny.distance(changed, before)).isGreaterThan(1e-3);
      assertThat(after.sameAs(before)).isTrue();
      assertThat(again.sameAs(changed)).isTrue();
    }
  }

  @Test
  void picturesBetweenAnimationsAreThoseOfTheModelAlone() {
    try (Scope scope = Scope.inference();
        TextToImage own = TextToImage.load(FidelityCases.resource("sd1"))) {
      Request picture = small().motion(null).build();
      Tensor before = Tiny.latents(own.generate(picture));
      own.animate(small().build());
      Tensor after = Tiny.latents(own.generate(picture));

      assertThat(after.sameAs(before)).isTrue();
    }
  }

  @Test
  void anAnimationOfABatchIsThatOfItsSeedAlone() {
    try (Scope scope = Scope.inference()) {
      Tensor both = MotionCase.latents(model().animate(small().count(2).batch(2).build()));
      Tensor second = MotionCase.latents(model().animate(small().seed(4).build()));

      assertThat(Tiny.distance(both.narrow(0, 4, 4), second)).isLessThan(1e-5);
      assertThat(Tiny.distance(both.narrow(0, 0, 4), second)).isGreaterThan(1e-2);
    }
  }

  @Test
  void halfPrecisionAnimatesToo() {
    try (Scope scope = Scope.inference()) {
      Tensor full = MotionCase.latents(model().animate(small().build()));
      try (TextToImage own = TextToImage.load(FidelityCases.resource("sd1"))) {
        Tensor half = MotionCase.latents(own.animate(small().dtype(DType.BF16).build()));
        assertThat(Tiny.distance(half, full)).isLessThan(0.2);
      }
    }
  }

  @Test
  void oneWindowIsTheWholeAnimation() {
    try (Scope scope = Scope.inference()) {
      Tensor plain = MotionCase.latents(model().animate(small().build()));
      Tensor windows = MotionCase.latents(model().animate(small().frameWindows(4, 2).build()));

      assertThat(windows.sameAs(plain)).isTrue();
    }
  }

  /** What the network says about frames of the same long video, as the latents of a request. */
  private Tensor predicted(Request.Builder request, int start, int frames) {
    Sampler once =
        (network, latents, grid, noise, hook) -> {
          Tensor video = new RandomSource(9).normal(1, 4, 6, 8, 8);
          Tensor seen = video.narrow(2, start, frames).contiguous();
          Tensor t = Tensor.of(new float[] {500}, 1);
          return network.at(seen, t, t).output();
        };
    return MotionCase.latents(
        model().animate(request.sampler(once).steps(1).frames(frames).build()));
  }

  @Test
  void whatIsPredictedForALongAnimationIsTheAverageOfItsWindows() {
    try (Scope scope = Scope.inference()) {
      Request.Builder guided = small().gamma((Gamma) null).guidance(3.0);
      Tensor whole = predicted(guided.frameWindows(4, 2), 0, 6);
      Tensor first = predicted(small().gamma((Gamma) null).guidance(3.0), 0, 4);
      Tensor last = predicted(small().gamma((Gamma) null).guidance(3.0), 2, 4);

      // Windows of frames 0-3 and 2-5 with weights 1 2 2 1.
      Tensor middle =
          first
              .narrow(0, 2, 2)
              .times(Tensor.of(new float[] {2 / 3f, 1 / 3f}, 2, 1, 1, 1))
              .plus(
                  last.narrow(0, 0, 2).times(Tensor.of(new float[] {1 / 3f, 2 / 3f}, 2, 1, 1, 1)));
      Tensor expected = Tensor.cat(0, first.narrow(0, 0, 2), middle, last.narrow(0, 2, 2));
      assertThat(Tiny.distance(whole, expected)).isLessThan(1e-5);
      assertThat(Tiny.distance(first.narrow(0, 2, 2), last.narrow(0, 0, 2))).isGreaterThan(1e-3);
    }
  }

  @Test
  void settingsComeBackOutOfGifPngAndWebpAndReplayToTheSameBytes(@TempDir Path folder)
      throws IOException {
    Request request = small().prompt("rød æble").fps(10).frameWindows(3, 1).build();
    Animation animation = model().animate(request).get(0);
    Path gif = folder.resolve("a.gif");
    Path png = folder.resolve("a.png");
    animation.write(gif);
    Path webp = folder.resolve("a.webp");
    animation.write(webp);
    animation.write(png);

    for (Path file : List.of(gif, png, webp)) {
      Replay replay = Replay.of(file);
      assertThat(replay.moves()).isTrue();
      MotionSettings motion = replay.settings().adapters().motion();
      assertThat(motion.frames()).isEqualTo(4);
      assertThat(motion.fps()).isEqualTo(10);
      assertThat(motion.windows().length()).isEqualTo(3);
      assertThat(motion.model().name()).isEqualTo("sd1");
      assertThat(replay.settings().prompt().text()).isEqualTo("rød æble");

      MotionSettings here =
          motion.at(
              new AdapterModel(MotionCase.resource("sd1").toString(), motion.model().sha256()));
      Replay located =
          new Replay(replay.settings().withAdapters(replay.settings().adapters().withMotion(here)));
      Animation again = located.animate(model(), located.request(), Progress.SILENT);
      assertThat(again.encode(file)).isEqualTo(Files.readAllBytes(file));
    }
  }

  @Test
  void framesAreWrittenAsAFolderOfPicturesWithSettings(@TempDir Path folder) throws IOException {
    Animation animation = model().animate(small().build()).get(0);

    animation.writeFrames(folder.resolve("frames"));

    try (Stream<Path> files = Files.list(folder.resolve("frames"))) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "frame-001.png", "frame-002.png", "frame-003.png", "frame-004.png");
    }
    assertThat(Replay.of(folder.resolve("frames/frame-003.png")).moves()).isTrue();
  }

  private static void assertRefused(Request.Builder request, String... parts) {
    TextToImage model = TextToImage.load(FidelityCases.resource("sd1"));
    try (model) {
      assertThatThrownBy(() -> model.resolve(request.build()))
          .isInstanceOf(InvalidRequestException.class)
          .satisfies(
              e -> {
                for (String part : parts) {
                  assertThat(e.getMessage()).contains(part).doesNotContain("\n");
                }
              });
    }
  }

  @Test
  void framesThatTheAdapterDoesNotKnowAreRefusedWithItsMaximum() {
    assertRefused(small().frames(9), "knows at most 8 frames but 9 were requested");
    assertRefused(small().frames(9).frameWindows(9, 2), "knows at most 8 frames");
    assertThatThrownBy(() -> model().resolve(small().frames(9).build()))
        .satisfies(
            e -> assertThat(((InvalidRequestException) e).hint()).isEqualTo(Hint.FRAME_WINDOWS));
  }

  @Test
  void anAdapterOfAnotherBaseIsRefused() {
    assertRefused(
        small().motion(MotionCase.resource("sdxl")), "motion adapter", "[4, 8, 16]", "[4, 8]");
  }

  @Test
  void whatIsNoMotionAdapterIsNamed() {
    assertRefused(
        small().motion(MotionCase.resource("motion-lora.safetensors")), "it looks like a LoRA");
    assertRefused(
        small().motion(AdapterCase.resource("control-sd1")),
        "is that of ControlNetModel, which is no motion adapter");
    assertThatThrownBy(() -> small().motion(Path.of("nowhere")))
        .hasMessage("motion adapter nowhere does not exist");
  }

  private static AdapterSettings hints(Path folder) {
    return hints(HintPicture.of(InputFile.ofFileOrFolder("hint", folder)));
  }

  private static AdapterSettings hints(HintPicture hint) {
    return AdapterSettings.ofControls(
        List.of(
            new ControlSettings(
                AdapterModel.of("ControlNet", AdapterCase.resource("control-sd1")), hint)),
        false);
  }

  @Test
  void aNetworkComputesTheHintOfEachFrame(@TempDir Path folder) throws IOException {
    Path file = EdgeCase.write("lines", folder.resolve("sk_model.safetensors"));
    HintNetwork network = HintNetwork.of(HintNetwork.Kind.LINE_ART, file);
    InputFile pictures = InputFile.ofFileOrFolder("hint", MotionCase.resource("hints"));
    Path drawn = Files.createDirectories(folder.resolve("drawn"));
    List<Image> drawings =
        EdgeMap.hints(EdgeSource.of(network), pictures.pictures("hint"), Device.CPU);
    for (int i = 0; i < drawings.size(); i++) {
      PngWriter.write(drawn.resolve("frame-" + i + ".png"), drawings.get(i), Map.of());
    }
    Request.Builder four = small().motion(MotionCase.resource("sd1"));

    Request asked = four.adapters(moving(HintPicture.ofNetwork(pictures, network))).build();
    Request given =
        four.adapters(moving(HintPicture.of(InputFile.ofFileOrFolder("hint", drawn)))).build();
    List<Image> frames = model().animate(asked).get(0).frames();

    assertThat(drawings).hasSize(4).doesNotHaveDuplicates();
    assertThat(frames).hasSize(4);
    List<Image> same = model().animate(given).get(0).frames();
    for (int i = 0; i < 4; i++) {
      assertThat(frames.get(i).rgb()).isEqualTo(same.get(i).rgb());
    }
  }

  private static AdapterSettings moving(HintPicture hint) {
    return hints(hint).withMotionOf(MotionCase.resource("sd1"));
  }

  @Test
  void threeHintsForSixteenFramesAreRefused(@TempDir Path folder) {
    for (int i = 0; i < 3; i++) {
      PngWriter.write(folder.resolve("f" + i + ".png"), new Image(16, 16, new byte[768]), Map.of());
    }
    AdapterSettings three = hints(folder);

    assertRefused(
        small().adapters(three).motion(MotionCase.resource("sd1")).frames(16).frameWindows(8, 2),
        "has 3 pictures but the animation 16 frames");
    assertRefused(small().adapters(three), "folder of 3 pictures, which only an animation");
  }

  @Test
  void withoutANumberThereAreAsManyFramesAsHints() {
    Request request =
        small()
            .adapters(hints(MotionCase.resource("hints")))
            .motion(MotionCase.resource("sd1"))
            .build();

    assertThat(model().resolve(request).settings().adapters().motion().frames()).isEqualTo(4);
  }

  @Test
  void aFolderWithoutPicturesIsRefused(@TempDir Path folder) {
    assertThatThrownBy(() -> InputFile.ofFileOrFolder("hint", folder))
        .hasMessageContaining("has no picture");
  }

  @Test
  void numbersOutOfRangeAreRefusedWhereTheyAreGiven() {
    assertThatThrownBy(() -> small().frames(1)).hasMessageContaining("2 to 1000 frames");
    assertThatThrownBy(() -> small().fps(51)).hasMessageContaining("1 to 50 frames in a second");
    assertThatThrownBy(() -> small().frameWindows(4, 4)).hasMessageContaining("share fewer");
    assertThatThrownBy(() -> small().freeNoise(true)).hasMessageContaining("FreeNoise");
    assertThatThrownBy(() -> Request.builder("x").frames(4))
        .hasMessageContaining("give a motion adapter");
  }

  @Test
  void picturesAndAnimationsAreNotMixedUp() {
    assertThatThrownBy(() -> model().generate(small().build())).hasMessageContaining("animate");
    assertThatThrownBy(() -> model().animate(small().motion(null).build()))
        .hasMessageContaining("needs a motion adapter");
    assertRefused(small().image(InputCase.resource("source.png")), "starts from noise");
  }

  @Test
  void fewFramesAreAllowedButReported() {
    List<String> notes =
        model().resolve(small().frames(3).build()).notes().stream().map(n -> n.text()).toList();

    assertThat(notes).anyMatch(n -> n.contains("trained with 16 frames"));
  }
}
