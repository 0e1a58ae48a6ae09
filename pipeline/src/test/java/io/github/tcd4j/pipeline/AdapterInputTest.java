package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.resize.PassOrder;
import io.github.tcd4j.images.resize.Resample;
import io.github.tcd4j.images.resize.Resizer;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.DepthSource;
import io.github.tcd4j.pipeline.adapter.HintPicture;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import io.github.tcd4j.pipeline.adapter.ResolvedAdapters;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.depth.DepthCase;
import io.github.tcd4j.pipeline.depth.DepthMap;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests with adapters: what fits, what is refused, what is kept. */
class AdapterInputTest {
  private static final HintPicture HINT =
      HintPicture.of(InputFile.of("hint", InputCase.resource("source.png")));

  private static ControlSettings control(String net) {
    return new ControlSettings(AdapterModel.of("ControlNet", AdapterCase.resource(net)), HINT);
  }

  private static AdapterSettings prompt(String file, Path encoder) {
    ImagePromptSettings p =
        new ImagePromptSettings(
            AdapterModel.of("IP-Adapter", AdapterCase.resource(file)),
            List.of(InputFile.of("picture", InputCase.resource("source.png"))),
            1,
            List.of());
    return new AdapterSettings(
        List.of(), false, List.of(p), AdapterModel.of("image encoder", encoder));
  }

  private static ResolvedRequest resolved(String model, AdapterSettings adapters) {
    Request request = Request.builder("cat").size(16, 16).adapters(adapters).build();
    try (TextToImage loaded = TextToImage.load(FidelityCases.resource(model), Device.CPU)) {
      return loaded.resolve(request);
    }
  }

  private static void refused(Supplier<?> body, String sentence) {
    assertThatThrownBy(body::get)
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(sentence)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void adaptersOfOtherModelsAndOtherFilesAreRefusedInOneSentence(@TempDir Path folder)
      throws IOException {
    refused(
        () -> resolved("sd1", AdapterSettings.ofControls(List.of(control("control-sdxl")), false)),
        "other blocks (4, 8, 16) than the model's U-Net (4, 8); use one that was trained for");
    refused(
        () -> resolved("lcm", AdapterSettings.ofControls(List.of(control("control-sd2")), false)),
        "use one that was trained for this model");
    refused(
        () ->
            resolved(
                "sd1",
                AdapterSettings.ofControls(List.of(control("ip-sd1-plus.safetensors")), false)),
        "is no ControlNet: it looks like an IP-Adapter");
    refused(
        () -> resolved("sd1", AdapterSettings.ofControls(List.of(control("encoder")), false)),
        "encoder");
    refused(
        () -> AdapterModel.of("ControlNet", folder),
        "must be a file, or a folder with config.json");
    refused(
        () -> AdapterModel.of("ControlNet", folder.resolve("nothing")), "nothing does not exist");
    Path text = Files.writeString(folder.resolve("hint.png"), "no picture");
    refused(() -> HintPicture.of(InputFile.of("hint", text)).read(), "hint.png cannot be used");

    Path encoder = AdapterCase.resource("encoder");
    refused(
        () -> resolved("sd1", prompt("ip-sdxl-plain.safetensors", encoder)),
        "its tokens have 40 channels but the model's text has 16");
    refused(
        () -> resolved("sd1", prompt("ip-sd1-plus.safetensors", wider(folder))),
        "it reads hidden states of 24 channels but the image encoder gives 32");
    refused(
        () -> resolved("sd1", prompt("ip-sd1-plain.bin", wider(folder))),
        "it reads embeddings of 10 channels but the image encoder gives 12");
    refused(
        () ->
            resolved(
                "sd1", prompt("ip-sd1-plain.bin", AdapterCase.resource("ip-sd1-plus.safetensors"))),
        "must be a folder with config.json");
    refused(
        () -> resolved("sd1", prompt("ip-sd1-plain.bin", AdapterCase.resource("control-sd1"))),
        "is that of ControlNetModel, which is no image encoder");
    Path textEncoder = FidelityCases.resource("sd1").resolve("text_encoder");
    refused(
        () -> resolved("sd1", prompt("ip-sd1-plain.bin", textEncoder)),
        "is that of clip_text_model, which is no image encoder");
  }

  private static Path wider(Path folder) {
    try {
      Path copy = folder.resolve("wider");
      if (!Files.exists(copy)) {
        Tiny.copy(AdapterCase.resource("encoder"), copy);
        Path config = copy.resolve("config.json");
        Files.writeString(
            config,
            Files.readString(config)
                .replace("\"hidden_size\": 24", "\"hidden_size\": 32")
                .replace("\"projection_dim\": 10", "\"projection_dim\": 12"));
      }
      return copy;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatHasNoEffectOrIsOutOfRangeIsRefused() {
    ControlSettings c = control("control-sd1");
    refused(
        () -> new AdapterSettings(List.of(), true, List.of(), null), "guess mode has no effect");
    refused(
        () -> new AdapterSettings(List.of(), false, List.of(), c.model()),
        "an image encoder has no effect");
    AdapterSettings p = prompt("ip-sd1-plain.bin", AdapterCase.resource("encoder"));
    refused(
        () -> new AdapterSettings(List.of(), false, p.imagePrompts(), null),
        "needs the image encoder");
    ImagePromptSettings one = p.imagePrompts().get(0);
    refused(
        () ->
            new ImagePromptSettings(
                one.model(), one.pictures(), 1, List.of(HINT.file(), HINT.file())),
        "has 1 pictures but 2 masks");
    for (double[] range : new double[][] {{0.5, 0.5}, {0.6, 0.4}, {-0.1, 1}, {0, 1.1}}) {
      refused(
          () -> new ControlSettings(c.model(), HINT, 1, range[0], range[1]),
          "must act from a share of the sampling");
    }
    refused(
        () -> new ControlSettings(c.model(), HINT, Double.NaN, 0, 1), "must be a finite number");
  }

  /** Sheet: of 4 steps an end of 0.5 leaves two, of 1 step any end below 1 leaves none. */
  @ParameterizedTest
  @CsvSource({
    "4, 0, 0.5, 1100",
    "4, 0, 0.8, 1110",
    "4, 0.3, 1, 0011",
    "1, 0, 0.9, 0",
    "1, 0, 1, 1",
    "3, 0.25, 0.75, 010"
  })
  void aControlNetActsInTheSharesOfDiffusers(int n, double start, double end, String acting) {
    ControlSettings c = new ControlSettings(control("control-sd1").model(), HINT, 1, start, end);
    StringBuilder acts = new StringBuilder();
    for (int i = 0; i < n; i++) {
      acts.append(c.acts(i, n) ? '1' : '0');
    }
    assertThat(acts.toString()).isEqualTo(acting);
  }

  @Test
  void withoutASizeThePictureHasThatOfTheHint() {
    AdapterSettings adapters = AdapterSettings.ofControls(List.of(control("control-sd1")), false);
    try (TextToImage loaded = TextToImage.load(FidelityCases.resource("sd1"), Device.CPU)) {
      ResolvedRequest r = loaded.resolve(Request.builder("cat").adapters(adapters).build());

      assertThat(r.settings().width()).isEqualTo(44);
      assertThat(r.settings().height()).isEqualTo(38);
      assertThat(r.adapters().controls().get(0).width()).isEqualTo(44);
    }
  }

  @Test
  void aPictureKeepsItsAdaptersAndRepeatsTheSameBytes() {
    HintPicture edges = HintPicture.ofEdges(HINT.file(), new Canny(20, 60));
    ControlSettings c = new ControlSettings(control("control-sd1").model(), edges, 0.7, 0, 0.75);
    AdapterSettings p = prompt("ip-sd1-plus.safetensors", AdapterCase.resource("encoder"));
    AdapterSettings all = new AdapterSettings(List.of(c), true, p.imagePrompts(), p.imageEncoder());
    try (TextToImage loaded =
        TextToImage.inTurn(ModelFolder.open("sd1", FidelityCases.resource("sd1")), Device.CPU)) {
      Request request =
          Request.builder("cat").size(16, 24).guidance(4).steps(3).adapters(all).build();
      Picture picture = loaded.generate(request).get(0);
      assertThat(picture.settings().adapters()).isEqualTo(all);
      String json = SettingsJson.write(picture.settings());
      assertThat(json).doesNotContain("/").contains("\"canny\":[20.0,60.0]");

      Picture again =
          new Replay(picture.settings())
              .generate(loaded, new Replay(picture.settings()).request(), Progress.SILENT);
      Picture plain =
          loaded.generate(request.toBuilder().adapters(AdapterSettings.NONE).build()).get(0);

      assertThat(again.image().rgb()).isEqualTo(picture.image().rgb());
      assertThat(plain.image().rgb()).isNotEqualTo(picture.image().rgb());
    }
  }

  @Test
  void edgesAreFoundAtThePicturesOwnSizeAndThenResized() {
    Canny canny = new Canny(20, 60);
    ControlSettings c =
        new ControlSettings(
            control("control-sd1").model(), HintPicture.ofEdges(HINT.file(), canny));
    AdapterSettings adapters = AdapterSettings.ofControls(List.of(c), false);
    Resizer lanczos = new Resizer(Resample.LANCZOS, PassOrder.PILLOW_13);
    Image picture = HINT.file().decode("hint");
    try (TextToImage loaded = TextToImage.load(FidelityCases.resource("sd1"), Device.CPU)) {
      Request request = Request.builder("cat").size(16, 24).adapters(adapters).build();
      ResolvedAdapters.Control resolved = loaded.resolve(request).adapters().controls().get(0);

      byte[] seen = resolved.fitted(resolved.pictures().get(0)).rgb();
      assertThat(seen)
          .isEqualTo(lanczos.resize(canny.apply(picture), 16, 24).rgb())
          .isNotEqualTo(canny.apply(lanczos.resize(picture, 16, 24)).rgb());
    }
  }

  @Test
  void depthIsEstimatedOnceAndIsThatOfTheHintItself(@TempDir Path folder) throws IOException {
    AdapterModel depth = AdapterModel.of("depth model", DepthCase.write(folder.resolve("depth")));
    Image map =
        DepthMap.of(DepthSource.of(depth), HINT.file().decode("hint"), Device.CPU).toImage();
    Path hint = folder.resolve("depth.png");
    PngWriter.write(hint, map, Map.of());
    AdapterModel net = control("control-sd1").model();
    AdapterSettings asked =
        AdapterSettings.ofControls(
            List.of(new ControlSettings(net, HintPicture.ofDepth(HINT.file(), depth))), false);
    AdapterSettings given =
        AdapterSettings.ofControls(
            List.of(new ControlSettings(net, HintPicture.of(InputFile.of("hint", hint)))), false);
    try (TextToImage loaded = TextToImage.load(FidelityCases.resource("sd1"), Device.CPU)) {
      Request request = Request.builder("cat").size(16, 24).steps(2).adapters(asked).build();
      Picture one = loaded.generate(request).get(0);
      Files.delete(folder.resolve("depth/preprocessor_config.json"));
      Picture other = loaded.generate(request.toBuilder().adapters(given).build()).get(0);

      assertThat(one.image().rgb()).isEqualTo(other.image().rgb());
      assertThat(SettingsJson.write(one.settings()))
          .contains("\"depth\":{\"name\":\"depth\"")
          .doesNotContain("/");
      // A depth model is no ControlNet, nor the other way round.
      refused(
          () ->
              resolved(
                  "sd1",
                  AdapterSettings.ofControls(List.of(new ControlSettings(depth, HINT)), false)),
          "is no ControlNet: its config.json says that it is a DepthAnythingForDepthEstimation");
      refused(
          () ->
              resolved(
                  "sd1",
                  AdapterSettings.ofControls(
                      List.of(new ControlSettings(net, HintPicture.ofDepth(HINT.file(), net))),
                      false)),
          "ControlNetModel, which is no depth model");
    }
  }

  /** Layers are counted down, up, middle: with up and middle exchanged the latents are others. */
  @Test
  void theNumbersOfTheLayersMatter(@TempDir Path folder) {
    AdapterCase run =
        AdapterCase.all().stream()
            .filter(a -> a.model().equals("sd1") && a.kind().equals("IP-Adapter plus"))
            .findFirst()
            .orElseThrow();
    Path file = AdapterCase.resource("ip-sd1-plus.safetensors");
    Path exchanged = folder.resolve("exchanged.safetensors");
    try (Scope scope = Scope.inference();
        SafeTensors stored = SafeTensors.open(file);
        TextToImage loaded = TextToImage.load(FidelityCases.resource("sd1"), Device.CPU)) {
      Map<String, Tensor> tensors = new TreeMap<>();
      // Layers of 4 channels: two of the first down block, three of the last up block; the middle
      // has 8 alone, so that only layers of one side can be exchanged.
      for (String name : stored.names()) {
        String other = name.replace("ip_adapter.3.", "ip_adapter.x.");
        other = other.replace("ip_adapter.5.", "ip_adapter.3.");
        tensors.put(other.replace("ip_adapter.x.", "ip_adapter.5."), stored.get(name).copy());
      }
      SafeTensorsWriter.write(exchanged, tensors, Map.of());
      AdapterSettings own = run.adapters();
      ImagePromptSettings p = own.imagePrompts().get(0);
      AdapterSettings twin =
          new AdapterSettings(
              own.controls(),
              own.guess(),
              List.of(p.with(AdapterModel.of("IP-Adapter", exchanged), p.pictures(), p.masks())),
              own.imageEncoder());
      String prompt = FidelityCases.description().path("prompt").asText();

      Tensor right = Tiny.latents(loaded.generate(run.request(prompt).build(), Progress.SILENT));
      Tensor wrong =
          Tiny.latents(
              loaded.generate(run.request(prompt).adapters(twin).build(), Progress.SILENT));

      assertThat(Tiny.distance(right, run.expected())).isLessThan(1e-4);
      assertThat(Tiny.distance(wrong, run.expected())).isGreaterThan(1e-3);
    }
  }
}
