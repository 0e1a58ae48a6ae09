package io.github.tcd4j.pipeline.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.checkpoint.ComponentOverrides;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
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
          "emoji",
          "0123456789abcdef",
          new ComponentOverrides(Path.of("words"), Path.of("text"), Path.of("other.safetensors")),
          "красное яблоко, 赤いリンゴ 🍎\nsecond line \"quoted\"",
          "green, \\ worm",
          "tcd",
          4,
          null,
          0.3,
          null,
          null,
          1,
          40,
          5,
          2,
          64,
          128,
          SizeConditioning.OWN.withOriginal(1024, 768).withCrop(-3, 5),
          PromptSettings.A1111
              .withClipSkip(2)
              .withEmbeddings(List.of(new EmbeddingFile("cat.safetensors", "cd".repeat(32)))),
          List.of(new ResolvedLora("tcd", 0.1 + 0.2, "ab".repeat(32))),
          DType.F32,
          true,
          "cpu",
          2,
          null,
          null,
          "0.1.0",
          "2.10.0");

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

    assertThat(great.batchSeed()).isEqualTo(request.seed());
    assertThat(SettingsJson.read("x.png", SettingsJson.write(great))).isEqualTo(great);
    assertThat(Request.of(great).seed()).isEqualTo(request.seed());
    assertThat(A1111Parameters.of(great)).contains("Seed: 18446744073709551002");
  }

  @Test
  void randomSettingsSurviveTheRoundTrip() {
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      int batch = 1 + random.nextInt(9);
      boolean listed = random.nextBoolean();
      GenerationSettings s =
          new GenerationSettings(
              "m" + i,
              "f",
              random.nextBoolean()
                  ? ComponentOverrides.NONE.withVae(Path.of("v.safetensors"))
                  : ComponentOverrides.NONE,
              random
                  .ints(8, 32, 0xd000)
                  .collect(
                      StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                  .toString(),
              random.nextBoolean() ? "" : null,
              "euler",
              2,
              listed ? List.of(random.nextDouble() * 999, 1.5) : null,
              random.nextBoolean() ? random.nextDouble() : null,
              random.nextBoolean() ? List.of(random.nextDouble(), 0.0) : null,
              random.nextBoolean() ? random.nextDouble() : null,
              random.nextDouble() * 10,
              random.nextLong() >>> 1,
              batch,
              random.nextInt(batch),
              64,
              64,
              random.nextBoolean() ? SizeConditioning.OWN : SizeConditioning.OWN.withTarget(1, 2),
              random.nextBoolean() ? PromptSettings.PLAIN : PromptSettings.A1111,
              List.of(new ResolvedLora("a:b", random.nextGaussian(), "00")),
              random.nextBoolean() ? DType.F32 : DType.BF16,
              random.nextBoolean(),
              "cpu",
              1,
              random.nextBoolean() ? "trailing" : null,
              random.nextBoolean() ? "epsilon" : null,
              "0.1.0",
              "x");
      assertThat(SettingsJson.read("x.png", SettingsJson.write(s))).isEqualTo(s);
    }
  }

  @Test
  void theRequestPaintsTheWholeBatch() {
    Request request = Request.of(APPLE);

    assertThat(APPLE.seed()).isEqualTo(42);
    assertThat(request.seed()).isEqualTo(40);
    assertThat(request.count()).isEqualTo(5);
    assertThat(request.batch()).isEqualTo(5);
    assertThat(request.threads()).isEqualTo(2);
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
                + "Size: 64x128, Model hash: 0123456789, Model: emoji, VAE: other.safetensors, Clip skip: 2, TI hashes: \"cat: cdcdcdcdcdcd\", Gamma: 0.3, "
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
  void gammasOfEachStepAreKept() {
    String json = SettingsJson.write(APPLE).replace("\"gamma\":0.3", "\"gammas\":[0.5,0.3,0.1,0]");
    GenerationSettings each = SettingsJson.read("x", json);

    assertThat(each.gammas()).containsExactly(0.5, 0.3, 0.1, 0.0);
    assertThat(Request.of(each).sampling().gammas()).containsExactly(0.5, 0.3, 0.1, 0.0);
    assertThat(A1111Parameters.of(each)).contains("Gamma: \"0.5, 0.3, 0.1, 0\"");
  }

  @Test
  void picturesFromBeforeThereWasSyntaxWereReadWithoutAny() {
    String json = SettingsJson.write(APPLE).replace("\"reading\"", "\"unknown\"");

    assertThat(SettingsJson.read("x", json).reading()).isEqualTo(PromptSettings.PLAIN);
  }

  @Test
  void anEmptyNegativePromptIsLeftOut() {
    String json = SettingsJson.write(APPLE).replace("green, \\\\ worm", "");
    GenerationSettings plain = SettingsJson.read("x", json);

    assertThat(plain.negative()).isEmpty();
    assertThat(A1111Parameters.of(plain)).doesNotContain("Negative prompt");
  }
}
