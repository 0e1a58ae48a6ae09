package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.ControlType;
import io.github.tcd4j.pipeline.adapter.HintPicture;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * ControlNets and picture prompts where a picture is enlarged window by window, and those of
 * several kinds.
 */
class WindowedControlTest {
  private static final InputFile SOURCE = InputFile.of("picture", InputCase.resource("source.png"));

  private static AdapterSettings control(InputFile hint, double start, double end) {
    AdapterModel net = AdapterModel.of("ControlNet", AdapterCase.resource("control-sd1"));
    return AdapterSettings.ofControls(
        List.of(new ControlSettings(net, HintPicture.of(hint), 1, start, end)), false);
  }

  private static Request.Builder request(AdapterSettings adapters) {
    return Request.builder("cat")
        .sampler("tcd")
        .steps(4)
        .image(SOURCE)
        .strength(0.5)
        .seed(3)
        .adapters(adapters);
  }

  private static TextToImage model() {
    return TextToImage.load(FidelityCases.resource("sd1"), Device.CPU);
  }

  @Test
  void oneWindowFollowsTheHintAsImg2imgDoes() {
    AdapterSettings tile = control(SOURCE, 0, 1);
    try (Scope scope = Scope.inference();
        TextToImage model = model()) {
      Tensor large = Tiny.latents(model.generate(request(tile).size(90, 76).build()));
      Upscaling one = new Upscaling(2, 96, 0);
      Tensor window = Tiny.latents(model.generate(request(tile).upscaling(one).build()));

      assertThat(window.sameAs(large)).isTrue();
    }
  }

  private static AdapterSettings pictureAsPrompt(double scale) {
    return new AdapterSettings(
        List.of(),
        false,
        List.of(
            new ImagePromptSettings(
                AdapterModel.of("IP-Adapter", AdapterCase.resource("ip-sd1-plain.bin")),
                List.of(SOURCE),
                scale,
                List.of())),
        AdapterModel.of("image encoder", AdapterCase.resource("encoder")));
  }

  @Test
  void everyWindowSeesTheWholePictureOfAPrompt() {
    AdapterSettings prompt = pictureAsPrompt(0.8);
    try (Scope scope = Scope.inference();
        TextToImage model = model()) {
      Tensor large = Tiny.latents(model.generate(request(prompt).size(90, 76).build()));
      Upscaling one = new Upscaling(2, 96, 0);
      Tensor window = Tiny.latents(model.generate(request(prompt).upscaling(one).build()));
      Upscaling several = new Upscaling(2, 32, 8);
      Tensor with = Tiny.latents(model.generate(request(prompt).upscaling(several).build()));
      Tensor without =
          Tiny.latents(model.generate(request(AdapterSettings.NONE).upscaling(several).build()));

      assertThat(window.sameAs(large)).isTrue();
      Tensor moved = with.minus(without).abs();
      long h = moved.size(2);
      long w = moved.size(3);
      for (long[] corner : new long[][] {{0, 0}, {0, w - 8}, {h - 8, 0}, {h - 8, w - 8}}) {
        Tensor there = moved.narrow(2, corner[0], 8).narrow(3, corner[1], 8);
        assertThat(there.max().item()).isGreaterThan(1e-3);
      }
    }
  }

  /** A hint that is another one in its lower right corner changes the latents there alone. */
  @Test
  void everyWindowFollowsItsOwnPartOfTheHint() {
    byte[] rgb = new byte[3 * 64 * 64];
    InputFile plain = InputFile.of("plain.png", PngWriter.encode(new Image(64, 64, rgb), Map.of()));
    for (int y = 48; y < 64; y++) {
      for (int x = 3 * 48; x < 3 * 64; x++) {
        rgb[3 * 64 * y + x] = -1;
      }
    }
    InputFile corner =
        InputFile.of("corner.png", PngWriter.encode(new Image(64, 64, rgb), Map.of()));
    InputFile picture =
        InputFile.of("p.png", PngWriter.encode(new Image(32, 32, half(rgb)), Map.of()));
    try (Scope scope = Scope.inference();
        TextToImage model = model()) {
      Tensor[] latents = new Tensor[2];
      for (int i = 0; i < 2; i++) {
        Request.Builder r = request(control(i == 0 ? plain : corner, 0, 1)).steps(1).strength(1.0);
        r.image(picture).upscaling(new Upscaling(2, 32, 8));
        latents[i] = Tiny.latents(model.generate(r.build()));
      }

      // A window is 16 latents wide of 32, they begin at 0, 8 and 16: no more than that is touched.
      Tensor difference = latents[0].minus(latents[1]).abs();
      long n = difference.size(2);
      long touched = n / 2;
      assertThat(difference.narrow(2, 0, touched).max().item()).isZero();
      assertThat(difference.narrow(3, 0, touched).max().item()).isZero();
      Tensor rest = difference.narrow(2, touched, n - touched).narrow(3, touched, n - touched);
      assertThat(rest.max().item()).isGreaterThan(1e-4);
    }
  }

  private static byte[] half(byte[] rgb) {
    byte[] half = new byte[rgb.length / 4];
    for (int i = 0; i < half.length; i++) {
      half[i] = (byte) (37 * i);
    }
    return half;
  }

  /** Shares count evaluations of the whole picture, however many windows it has. */
  @Test
  void aControlNetOfTheSecondHalfLeavesTheFirstStepAlone() {
    List<float[]> first = new ArrayList<>();
    List<float[]> last = new ArrayList<>();
    try (TextToImage model = model()) {
      for (AdapterSettings adapters : List.of(AdapterSettings.NONE, control(SOURCE, 0.5, 1))) {
        List<float[]> steps = new ArrayList<>();
        Request.Builder r = request(adapters).upscaling(new Upscaling(2, 32, 8));
        r.hook(
            (node, next, x, x0) -> {
              steps.add(x.toFloatArray());
              return x;
            });
        float[] end = model.generate(r.build()).get(0).latents().values();
        assertThat(steps).hasSize(2);
        first.add(steps.get(0));
        last.add(end);
      }
      assertThat(first.get(0)).isEqualTo(first.get(1));
      assertThat(last.get(0)).isNotEqualTo(last.get(1));
    }
  }

  @Test
  void severalKindsInHalfPrecisionGiveAboutTheSame() {
    AdapterModel union = AdapterModel.of("ControlNet", AdapterCase.resource("control-sdxl-union"));
    HintPicture hint = HintPicture.of(SOURCE);
    AdapterSettings two =
        AdapterSettings.ofControls(
            List.of(
                new ControlSettings(union, ControlType.CANNY, hint, 1, 0, 1),
                new ControlSettings(union, ControlType.DEPTH, hint, 0.5, 0, 0.5)),
            false);
    try (Scope scope = Scope.inference();
        TextToImage model = TextToImage.load(FidelityCases.resource("sdxl"), Device.CPU)) {
      Request.Builder r = Request.builder("cat").size(16, 16).steps(2).adapters(two);
      Tensor full = Tiny.latents(model.generate(r.dtype(DType.F32).build()));
      Tensor half = Tiny.latents(model.generate(r.dtype(DType.BF16).build()));

      assertThat(Tiny.distance(half, full)).isBetween(1e-6, 0.1);
    }
  }

  private static void refused(String model, ControlSettings c, String sentence) {
    Request request =
        Request.builder("cat").adapters(AdapterSettings.ofControls(List.of(c), false)).build();
    try (TextToImage loaded = TextToImage.load(FidelityCases.resource(model), Device.CPU)) {
      assertThatThrownBy(() -> loaded.resolve(request))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining(sentence);
    }
  }

  @Test
  void aNetworkOfSeveralKindsMustKnowTheKindAndOthersMustNot() {
    HintPicture hint = HintPicture.of(SOURCE);
    AdapterModel union = AdapterModel.of("ControlNet", AdapterCase.resource("control-sdxl-union"));
    AdapterModel plain = AdapterModel.of("ControlNet", AdapterCase.resource("control-sdxl"));

    refused(
        "sdxl",
        new ControlSettings(union, hint),
        "needs to know what its hint shows, one of openpose, depth, softedge, canny, normal, segment;");
    refused(
        "sdxl",
        new ControlSettings(union, ControlType.TILE, hint, 1, 0, 1),
        "softedge, canny, normal, segment, but was tile");
    refused(
        "sdxl",
        new ControlSettings(plain, ControlType.CANNY, hint, 1, 0, 1),
        "is for one kind of hints, so that canny has no effect");
    refused(
        "sd1",
        new ControlSettings(union, ControlType.CANNY, hint, 1, 0, 1),
        "use one that was trained for this model");
    assertThat(ControlType.of("lineart")).isEqualTo(ControlType.of("3"));
    assertThatThrownBy(() -> ControlType.of("sketch"))
        .hasMessage(
            "the kind of a hint must be one of openpose, depth, softedge, canny, normal, segment,"
                + " tile, repaint but was sketch");
  }
}
