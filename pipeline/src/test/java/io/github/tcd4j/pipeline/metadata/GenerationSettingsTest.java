package io.github.tcd4j.pipeline.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.pipeline.Replay;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.HintNetwork;
import io.github.tcd4j.pipeline.adapter.HintPicture;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import io.github.tcd4j.pipeline.checkpoint.ComponentOverrides;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.input.Outpainting;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.lora.ResolvedLora;
import io.github.tcd4j.pipeline.prompt.EmbeddingFile;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import io.github.tcd4j.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GenerationSettingsTest {
  private static final GenerationSettings APPLE =
      new GenerationSettings(
          new ModelIdentity(
              "emoji",
              "0123456789abcdef",
              new ComponentOverrides(
                  Path.of("words"), Path.of("text"), Path.of("other.safetensors"))),
          PromptSettings.A1111
              .withText("красное яблоко, 赤いリンゴ 🍎\nsecond line \"quoted\"")
              .withNegative("green, \\ worm")
              .withClipSkip(2)
              .withEmbeddings(List.of(new EmbeddingFile("cat.safetensors", "cd".repeat(32)))),
          SamplingSettings.NONE
              .withSampler("tcd")
              .withKnobs(SamplerSettings.ofSteps(4).withGamma(0.3))
              .withGuidance(1.0),
          new ImageSize(64, 128, SizeConditioning.OWN.withOriginal(1024, 768).withCrop(-3, 5)),
          new InputSettings(
              new InputFile("room.jpg", "12".repeat(32), null),
              0.1 + 0.2,
              new InputFile("sofa.png", "34".repeat(32), null),
              4.5,
              new Outpainting(8, 0, 16, 24),
              false,
              null,
              new Upscaling(1.5, 512, 64)),
          new AdapterSettings(
              List.of(
                  new ControlSettings(
                      new AdapterModel("edges", "56".repeat(32)),
                      HintPicture.ofEdges(
                          new InputFile("cat.jpg", "78".repeat(32), null), new Canny(50.5, 120)),
                      0.1 + 0.2,
                      0.25,
                      0.75),
                  new ControlSettings(
                      new AdapterModel("far", "12".repeat(32)),
                      HintPicture.ofDepth(
                          new InputFile("street.jpg", "34".repeat(32), null),
                          new AdapterModel("anything", "57".repeat(32)))),
                  new ControlSettings(
                      new AdapterModel("lines", "13".repeat(32)),
                      HintPicture.ofNetwork(
                          new InputFile("street.jpg", "34".repeat(32), null),
                          new HintNetwork(
                              HintNetwork.Kind.LINE_ART,
                              new AdapterModel("sk_model.pth", "58".repeat(32)))))),
              true,
              List.of(
                  new ImagePromptSettings(
                      new AdapterModel("plus.bin", "9a".repeat(32)),
                      List.of(new InputFile("dog.png", "bc".repeat(32), null)),
                      0.1 + 0.2,
                      List.of(new InputFile("left.png", "de".repeat(32), null)))),
              new AdapterModel("vit-h", "f0".repeat(32))),
          List.of(new ResolvedLora("tcd", 0.1 + 0.2, "ab".repeat(32))),
          new BatchPosition(40, 5, 2),
          new ComputeSettings(DType.F32, true, 2),
          new Machine("cpu", "2.10.0"),
          "0.1.0");

  @Test
  void jsonKeepsEverythingExactly() {
    String json = SettingsJson.write(APPLE);

    assertThat(SettingsJson.read("x.png", json)).isEqualTo(APPLE);
    assertThat(json).contains("0.30000000000000004").doesNotContain("\n");
  }

  @Test
  void namesOfFilesAreKeptWithoutTheFoldersOfAnySystem() {
    GenerationSettings paths =
        SettingsJson.read(
            "x",
            SettingsJson.write(APPLE)
                .replace("\"emoji\"", "\"C:\\\\Users\\\\ann\\\\emoji\\\\\"")
                .replace("\"words\"", "\"/home/ann/sd/words/\"")
                .replace("\"other.safetensors\"", "\"vae/other.safetensors\"")
                .replace("\"cat.safetensors\"", "\"/home/ann/cat.safetensors\"")
                .replace("\"tcd\",\"weight", "\"D:\\\\ann\\\\tcd\",\"weight"));

    assertThat(paths).isNotEqualTo(APPLE);
    assertThat(SettingsJson.write(paths)).isEqualTo(SettingsJson.write(APPLE));
    assertThat(A1111Parameters.of(paths)).isEqualTo(A1111Parameters.of(APPLE));
    assertThat(FileName.of(".")).isEqualTo(FileName.of(Path.of("").toAbsolutePath().toString()));
    assertThat(FileName.of("a:b")).isEqualTo("a:b");
    assertThat(FileName.stem("/m/v1.5.safetensors")).isEqualTo("v1.5");
    assertThat(FileName.stem("/m/v1.5")).isEqualTo("v1.5");
  }

  @Test
  void aSeedOf64BitsIsWrittenWithoutASignAndComesBack() {
    Request request = Request.builder("a").seed(Seed.parse("18446744073709551000")).build();
    GenerationSettings s = SettingsJson.read("x.png", SettingsJson.write(APPLE));
    String json =
        SettingsJson.write(s).replaceFirst("\"seed\":40,", "\"seed\":18446744073709551000,");
    GenerationSettings great = SettingsJson.read("x.png", json);

    assertThat(great.position().batchSeed()).isEqualTo(request.seed());
    assertThat(SettingsJson.read("x.png", SettingsJson.write(great))).isEqualTo(great);
    assertThat(new Replay(great).request().seed()).isEqualTo(request.seed());
    assertThat(A1111Parameters.of(great)).contains("Seed: 18446744073709551002");
  }

  @Test
  void randomSettingsSurviveTheRoundTrip() {
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      int batch = 1 + random.nextInt(9);
      SamplerSettings knobs =
          random.nextBoolean()
              ? SamplerSettings.ofTimesteps(List.of(random.nextDouble() * 999, 1.5))
              : SamplerSettings.ofSteps(1 + random.nextInt(9));
      Gamma[] gammas = {
        null, Gamma.of(random.nextDouble()), Gamma.of(List.of(random.nextDouble(), 0.0))
      };
      GenerationSettings s =
          new GenerationSettings(
              new ModelIdentity(
                  "m" + i,
                  "f",
                  random.nextBoolean()
                      ? ComponentOverrides.NONE.withVae(Path.of("v.safetensors"))
                      : ComponentOverrides.NONE),
              (random.nextBoolean() ? PromptSettings.PLAIN : PromptSettings.A1111)
                  .withText(
                      random
                          .ints(8, 32, 0xd000)
                          .collect(
                              StringBuilder::new,
                              StringBuilder::appendCodePoint,
                              StringBuilder::append)
                          .toString())
                  .withNegative(random.nextBoolean() ? "" : null),
              new SamplingSettings(
                  random.nextBoolean() ? "euler" : SamplingSettings.CUSTOM,
                  knobs
                      .withGamma(gammas[random.nextInt(3)])
                      .withEta(random.nextBoolean() ? random.nextDouble() : null),
                  random.nextDouble() * 10,
                  random.nextBoolean() ? "trailing" : null,
                  random.nextBoolean() ? "epsilon" : null,
                  random.nextBoolean()),
              new ImageSize(
                  64,
                  64,
                  random.nextBoolean()
                      ? SizeConditioning.OWN
                      : SizeConditioning.OWN.withTarget(1, 2)),
              random.nextBoolean()
                  ? InputSettings.NONE
                  : InputSettings.NONE
                      .withImage(new InputFile("a:b", "00", null))
                      .withStrength(random.nextBoolean() ? null : 1 - random.nextDouble())
                      .withImageGuidance(random.nextBoolean() ? null : 1 + random.nextDouble()),
              AdapterSettings.NONE,
              List.of(new ResolvedLora("a:b", random.nextGaussian(), "00")),
              new BatchPosition(random.nextLong() >>> 1, batch, random.nextInt(batch)),
              new ComputeSettings(
                  random.nextBoolean() ? DType.F32 : DType.BF16, random.nextBoolean(), 1),
              new Machine("cpu", "x"),
              "0.1.0");
      assertThat(SettingsJson.read("x.png", SettingsJson.write(s))).isEqualTo(s);
    }
  }

  @Test
  void theRequestGeneratesTheWholeBatch() {
    Request request = new Replay(APPLE).request();

    assertThat(APPLE.seed()).isEqualTo(42);
    assertThat(request.seed()).isEqualTo(40);
    assertThat(request.count()).isEqualTo(5);
    assertThat(request.batch()).isEqualTo(5);
    assertThat(request.compute().threads()).isEqualTo(2);
    assertThat(request.loras()).containsExactly(new LoraSpec("tcd", 0.1 + 0.2));
  }

  @Test
  void otherJsonIsRefusedInOneSentence() {
    for (String json : List.of("", "[]", "{}", "{\"format\": 2}", "{\"format\": 1}", "nonsense")) {
      assertThatThrownBy(() -> SettingsJson.read("x.png", json))
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith("x.png")
          .message()
          .doesNotContain("\n");
    }
  }

  @Test
  void theParametersAreInTheFormThatWebPagesRead() {
    assertThat(A1111Parameters.of(APPLE))
        .isEqualTo(
            "красное яблоко, 赤いリンゴ 🍎\nsecond line \"quoted\"\n"
                + "Negative prompt: green, \\ worm\n"
                + "Steps: 4, Sampler: TCD, Schedule type: Automatic, CFG scale: 1, Seed: 42, "
                + "Size: 64x128, Denoising strength: 0.30000000000000004, Mask blur: 4.5, ControlNet 0: \"Module: canny, Model: edges [56565656], Weight: 0.30000000000000004, Guidance Start: 0.25, Guidance End: 0.75\", ControlNet 1: \"Module: depth, Model: far [12121212], Weight: 1, Guidance Start: 0, Guidance End: 1\", ControlNet 2: \"Module: lineart, Model: lines [13131313], Weight: 1, Guidance Start: 0, Guidance End: 1\", Model hash: 0123456789, Model: emoji, VAE: other.safetensors, Clip skip: 2, TI hashes: \"cat: cdcdcdcdcdcd\", Gamma: 0.3, "
                + "Lora hashes: \"tcd: abababababab\", "
                + "Lora weights: \"tcd: 0.30000000000000004\", RNG: CPU, Version: tcd4j 0.1.0");
  }

  @Test
  void everySamplerIsWrittenByItsTitle() {
    for (SamplerDescriptor entry : Samplers.all()) {
      String json =
          SettingsJson.write(APPLE).replace("\"tcd\",\"steps", "\"" + entry.name() + "\",\"steps");
      assertThat(A1111Parameters.of(SettingsJson.read("x", json)))
          .contains(
              "Sampler: "
                  + entry.title()
                  + ", Schedule type: "
                  + (entry.karras() ? "Karras" : "Automatic"));
    }
  }

  @Test
  void aGammaOfEachStepIsAListAndOldPicturesHaveItUnderAnotherKey() {
    Gamma gamma = Gamma.of(List.of(0.5, 0.3, 0.1, 0.0));
    String json = SettingsJson.write(APPLE);
    for (String written : List.of("\"gamma\":[0.5,0.3,0.1,0]", "\"gammas\":[0.5,0.3,0.1,0]")) {
      GenerationSettings each = SettingsJson.read("x", json.replace("\"gamma\":0.3", written));

      assertThat(each.sampling().knobs().gamma()).isEqualTo(gamma);
      assertThat(new Replay(each).request().sampling().knobs().gamma()).isEqualTo(gamma);
      assertThat(A1111Parameters.of(each)).contains("Gamma: \"0.5, 0.3, 0.1, 0\"");
      assertThat(SettingsJson.write(each)).contains("\"gamma\":[0.5,0.3,0.1,0.0]");
    }
    for (String damaged : List.of("[]", "[0.5,true]", "[7]", "\"0.3\"")) {
      String wrong = json.replace("\"gamma\":0.3", "\"gamma\":" + damaged);
      assertThatThrownBy(() -> SettingsJson.read("x", wrong))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("gamma");
    }
  }

  @Test
  void picturesFromBeforeThereWasSyntaxWereReadWithoutAny() {
    String json = SettingsJson.write(APPLE).replace("\"reading\"", "\"unknown\"");

    PromptSettings prompt = SettingsJson.read("x", json).prompt();
    assertThat(prompt)
        .isEqualTo(
            PromptSettings.PLAIN
                .withText(APPLE.prompt().text())
                .withNegative(APPLE.prompt().negative()));
  }

  @Test
  void anEmptyNegativePromptIsLeftOut() {
    String json = SettingsJson.write(APPLE).replace("green, \\\\ worm", "");
    GenerationSettings plain = SettingsJson.read("x", json);

    assertThat(plain.prompt().negative()).isEmpty();
    assertThat(A1111Parameters.of(plain)).doesNotContain("Negative prompt");
  }
}
