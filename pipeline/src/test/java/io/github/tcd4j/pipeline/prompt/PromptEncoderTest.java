package io.github.tcd4j.pipeline.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.pipeline.FidelityCases;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Replay;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.Tiny;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.tensor.file.TensorFileException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected values are of {@code oracle/make_prompt_fixtures.py}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PromptEncoderTest {
  private static final String WEIGHTED = "red (apple:1.5), green BREAK [blue] \\(x\\)";
  private static final String LONG = "red apple, ".repeat(12);

  @TempDir Path temporary;

  private final Map<String, LoadedModel> models = new HashMap<>();
  private final List<String> notes = new ArrayList<>();

  @AfterAll
  void close() {
    models.values().forEach(LoadedModel::close);
  }

  private static ModelFolder folder(String model) {
    return ModelFolder.open(model, FidelityCases.resource(model));
  }

  private static Path resource(String name) {
    try {
      var url = PromptEncoderTest.class.getResource("/prompts/" + name);
      return Path.of(Objects.requireNonNull(url, name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private PromptEncoder encoder(String model, PromptSettings reading) {
    notes.clear();
    Progress progress =
        new Progress() {
          @Override
          public void note(String message) {
            notes.add(message);
          }
        };
    LoadedModel networks =
        models.computeIfAbsent(model, m -> new LoadedModel(folder(m), Device.CPU, true));
    return new PromptEncoder(networks, folder(model), reading, progress);
  }

  private static PromptSettings with(String... embeddings) {
    return PromptSettings.PLAIN.withEmbeddings(
        List.of(embeddings).stream().map(e -> EmbeddingFile.of(resource(e).toString())).toList());
  }

  private static void same(String model, String name, Conditioning actual) {
    try (SafeTensors expected = SafeTensors.open(resource(model + ".safetensors"))) {
      Tensor tokens = expected.get(name + "/tokens");
      assertThat(actual.tokens().shape()).isEqualTo(tokens.shape());
      assertThat(Tiny.distance(actual.tokens(), tokens)).isLessThan(1e-5);
      assertThat(actual.pooled() != null).isEqualTo(expected.names().contains(name + "/pooled"));
      if (actual.pooled() != null) {
        assertThat(Tiny.distance(actual.pooled(), expected.get(name + "/pooled"))).isLessThan(1e-5);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"lcm", "sdxl"})
  void promptsOfOneBatchAreThoseEncodedAlone(String model) {
    List<String> prompts = List.of("an apple", WEIGHTED, LONG, "", "an apple");
    try (Scope scope = Scope.inference()) {
      Conditioning together = encoder(model, PromptSettings.A1111).encodeTogether(prompts);
      Conditioning alone = encoder(model, PromptSettings.A1111).encode(prompts);
      assertThat(Tiny.distance(together.tokens(), alone.tokens())).isLessThan(1e-5);
      assertThat(together.tokens().shape()).isEqualTo(alone.tokens().shape());
      assertThat(together.pooled() == null).isEqualTo(alone.pooled() == null);
      if (together.pooled() != null) {
        assertThat(Tiny.distance(together.pooled(), alone.pooled())).isLessThan(1e-5);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"lcm", "sdxl"})
  void weightsAndWindowsAreThoseOfA1111(String model) {
    try (Scope scope = Scope.inference()) {
      PromptEncoder encoder = encoder(model, PromptSettings.A1111);
      same(model, "weighted", encoder.encode(List.of(WEIGHTED)));
      same(model, "long", encoder.encode(List.of(LONG)));
      assertThat(notes).isEmpty();
    }
  }

  @Test
  void textualInversionIsThatOfDiffusers() {
    try (Scope scope = Scope.inference()) {
      PromptEncoder cat = encoder("lcm", with("my-cat.safetensors"));
      same("lcm", "inverted", cat.encode(List.of("a <cat> apple")));
      same("lcm", "inverted", cat.encode(List.of("a My-Cat apple")));
      PromptEncoder dog = encoder("sdxl", with("dog.safetensors"));
      same("sdxl", "inverted", dog.encode(List.of("red dog, apple")));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "my-cat.bin, a <cat> apple",
    "my-cat.bin, a my-cat apple",
    "my-cat.pt, a my-cat apple"
  })
  void inversionsOfTorchSaveAreThoseOfSafetensors(String file, String prompt) {
    try (Scope scope = Scope.inference()) {
      same("lcm", "inverted", encoder("lcm", with(file)).encode(List.of(prompt)));
      assertThat(notes).isEmpty();
    }
  }

  /** The rows of {@code source} in a file of another name, under another key. */
  private Path embedding(String name, String... keys) {
    Path file = temporary.resolve(name);
    try (Scope scope = Scope.inference();
        SafeTensors cat = SafeTensors.open(resource("my-cat.safetensors"))) {
      Tensor rows = cat.get("<cat>").copy();
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String key : keys) {
        tensors.put(key, rows);
      }
      SafeTensorsWriter.write(file, tensors, Map.of());
    }
    return file;
  }

  private static PromptSettings with(Path... files) {
    return PromptSettings.PLAIN.withEmbeddings(
        Arrays.stream(files).map(f -> EmbeddingFile.of(f.toString())).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "EasyNegative.safetensors, easynegative, EasyNegative",
    "EasyNegative.safetensors, easynegative, easynegative",
    "EasyNegative.safetensors, EASYNEGATIVE, EasyNegative",
    "EasyNegative.safetensors, EasyNegative, easyNegative",
    "easynegative.safetensors, EasyNegative, EasyNegative",
    "my cat.safetensors, My Cat, my cat",
    "кот.safetensors, КОТ, Кот",
    "x.safetensors, ' two words ', Two Words",
    "emb.safetensors, emb_params, emb",
    "xl.safetensors, clip_l, XL",
    "v1.5 cat.safetensors, *, v1.5 Cat",
    "blank.safetensors, ' ', blank"
  })
  void anEmbeddingReplacesItsNameOnceInAnyCase(String file, String key, String word) {
    try (Scope scope = Scope.inference()) {
      PromptEncoder encoder = encoder("lcm", with(embedding(file, key)));
      same("lcm", "inverted", encoder.encode(List.of("a " + word + " apple")));
      assertThat(notes).isEmpty();
    }
  }

  @Test
  void theNameInsideA1111sDictionaryIsReplacedByItsVectorsToo() {
    try (Scope scope = Scope.inference()) {
      same("lcm", "inverted", encoder("lcm", with("my-cat.pt")).encode(List.of("a Cat apple")));
    }
  }

  @Test
  void theNameOfAFileWithSeveralWordsReplacesAllOfThem() {
    try (Scope scope = Scope.inference()) {
      PromptEncoder encoder = encoder("lcm", with(embedding("both.safetensors", "<s0>", "<s1>")));
      Tensor each = encoder.encode(List.of("a <s0><s1> apple")).tokens();

      assertThat(encoder.encode(List.of("a both apple")).tokens().sameAs(each)).isTrue();
      same("lcm", "inverted", encoder.encode(List.of("a <s0> apple")));
    }
  }

  @Test
  void twoFilesOfOneNameAreRefused() throws IOException {
    Files.createDirectories(temporary.resolve("other"));
    Path one = embedding("Twin.safetensors", "*");
    Path two = embedding("other/twin.safetensors", "*");
    assertThatThrownBy(() -> encoder("lcm", with(one, two)))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "the embeddings "
                + one
                + " and "
                + two
                + " have one name, by which a prompt would mean"
                + " either; rename one of the files");
  }

  @Test
  void aWordThatMeansAnotherEmbeddingAlreadyIsNoted() {
    Path one = embedding("first.safetensors", "<s>");
    Path two = embedding("second.safetensors", "<S>");
    try (Scope scope = Scope.inference()) {
      PromptEncoder encoder = encoder("lcm", with(one, two));
      assertThat(notes)
          .containsExactly(
              "<S> in embedding "
                  + two
                  + " means "
                  + one
                  + " already; a prompt names it by second");
      same("lcm", "inverted", encoder.encode(List.of("a <s> apple")));
      same("lcm", "inverted", encoder.encode(List.of("a second apple")));
    }
  }

  @Test
  void a1111sStarIsNoWord() {
    try (Scope scope = Scope.inference()) {
      Tensor plain = encoder("lcm", PromptSettings.PLAIN).encode(List.of("red * apple")).tokens();
      Tensor star = encoder("lcm", with("my-cat.pt")).encode(List.of("red * apple")).tokens();

      assertThat(star.sameAs(plain)).isTrue();
    }
  }

  @Test
  void aTriggerInsideAWordIsNone() {
    try (Scope scope = Scope.inference()) {
      List<String> word = List.of("red hotdog");
      Tensor plain = encoder("sdxl", PromptSettings.PLAIN).encode(word).tokens();

      assertThat(encoder("sdxl", with("dog.safetensors")).encode(word).tokens().sameAs(plain))
          .isTrue();
    }
  }

  @Test
  void anEmbeddingForAnotherEncoderIsReported() {
    try (Scope scope = Scope.inference()) {
      encoder("sdxl", with("my-cat.safetensors"));

      assertThat(notes)
          .singleElement()
          .asString()
          .contains("has no vectors of 24 numbers, as text encoder 2 reads");
    }
  }

  @Test
  void aDamagedOrMissingEmbeddingIsRefusedInOneSentence() throws IOException {
    byte[] whole = Files.readAllBytes(resource("my-cat.pt"));
    for (int length : new int[] {0, 3, 100, whole.length / 2}) {
      Path damaged = temporary.resolve("cat" + length + ".pt");
      Files.write(damaged, Arrays.copyOf(whole, length));
      PromptSettings reading =
          PromptSettings.PLAIN.withEmbeddings(List.of(EmbeddingFile.of(damaged.toString())));
      assertThatThrownBy(() -> encoder("lcm", reading))
          .isInstanceOf(TensorFileException.class)
          .hasMessageStartingWith("cannot read " + damaged + ": ")
          .hasMessageNotContaining("\n");
    }
    assertThatThrownBy(() -> EmbeddingFile.of("nowhere.safetensors"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("embedding nowhere.safetensors does not exist");
  }

  @Test
  void anEmbeddingThatIsNotFiniteOrLongerThanAWindowIsRefused() {
    int channels = 16;
    Path damaged = temporary.resolve("damaged.safetensors");
    Path longer = temporary.resolve("longer.safetensors");
    float[] row = new float[channels];
    row[3] = Float.NaN;
    try (Scope scope = Scope.inference()) {
      SafeTensorsWriter.write(damaged, Map.of("emb_params", Tensor.of(row, 1, channels)), Map.of());
      Tensor rows = Tensor.zeros(DType.F32, 23, channels);
      SafeTensorsWriter.write(longer, Map.of("emb_params", rows), Map.of());
    }

    assertThatThrownBy(() -> encoder("lcm", with(damaged)))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("embedding " + damaged + " holds numbers that are not finite")
        .hasMessageContaining("emb_params");
    assertThatThrownBy(() -> encoder("lcm", with(longer)))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "embedding " + longer + " has 23 vectors but a window of the text encoder holds 22");
  }

  @Test
  void aPromptWithoutSyntaxMeansTheSameInBoth() {
    try (Scope scope = Scope.inference()) {
      List<String> prompt = List.of("red apple: green, \"3d\"");
      Conditioning plain = encoder("sdxl", PromptSettings.PLAIN).encode(prompt);
      Conditioning a1111 = encoder("sdxl", PromptSettings.A1111).encode(prompt);

      assertThat(a1111.tokens().sameAs(plain.tokens())).isTrue();
    }
  }

  @Test
  void plainCutsWhatIsTooLongAndSaysSo() {
    try (Scope scope = Scope.inference()) {
      Conditioning cut = encoder("lcm", PromptSettings.PLAIN).encode(List.of(LONG));

      assertThat(cut.tokens().size(1)).isEqualTo(24);
      assertThat(notes)
          .singleElement()
          .asString()
          .startsWith("the prompt is too long by 14 tokens; not encoded: apple , red")
          .endsWith("the syntax a1111 gives it more windows");
    }
  }

  @Test
  void shorterPromptsGetWindowsWithoutWords() {
    try (Scope scope = Scope.inference()) {
      PromptEncoder encoder = encoder("lcm", PromptSettings.A1111);
      Tensor rows = encoder.encodePairs(List.of(LONG, "red"), "green").tokens();
      Tensor empty = encoder.encode(List.of("")).tokens();

      assertThat(rows.shape()).containsExactly(4, 48, 16);
      assertThat(rows.narrow(0, 1, 1).narrow(1, 24, 24).sameAs(empty)).isTrue();
      assertThat(rows.narrow(0, 3, 1).narrow(1, 24, 24).sameAs(empty)).isTrue();
    }
  }

  @Test
  void zerosStandForAnAbsentNegativePromptOfAnyLength() {
    try (Scope scope = Scope.inference()) {
      Conditioning c = encoder("sdxl", PromptSettings.A1111).encodePairs(List.of(LONG), null);

      assertThat(c.tokens().shape()).containsExactly(2, 48, 40);
      assertThat(c.tokens().select(0, 1).abs().max().item()).isZero();
      assertThat(c.pooled()).isNotNull();
    }
  }

  @Test
  void unsupportedSyntaxIsReported() {
    try (Scope scope = Scope.inference()) {
      encoder("lcm", PromptSettings.A1111).encode(List.of("a [red:green:0.5] apple"));
      assertThat(notes).singleElement().asString().startsWith("AND and prompt editing");
      encoder("lcm", PromptSettings.PLAIN).encode(List.of("a [red:green:0.5] apple"));
      assertThat(notes).isEmpty();
    }
  }

  @Test
  void aLayerThatIsNotThereIsRefused() {
    try (Scope scope = Scope.inference()) {
      assertThatThrownBy(
              () -> encoder("lcm", PromptSettings.A1111.withClipSkip(5)).encode(List.of("a")))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("clip skip must be in [1, 4]");
      assertThatThrownBy(() -> PromptSettings.A1111.withClipSkip(0))
          .hasMessage("clip skip must be at least 1, the last layer, but was 0");
    }
  }

  @Test
  void aPictureRemembersHowItsPromptWasRead() throws IOException {
    PromptSettings reading =
        with("my-cat.safetensors")
            .withText("(a <cat>:1.3) BREAK red")
            .withSyntax(PromptSyntax.A1111)
            .withClipSkip(2);
    Path file = temporary.resolve("read.png");
    Path again = temporary.resolve("again.png");
    try (TextToImage model = TextToImage.load(folder("lcm"), Device.CPU)) {
      Request request = Request.builder("").prompt(reading).steps(2).build();
      model.generate(request, Progress.SILENT).get(0).write(file);
      GenerationSettings then = Replay.of(file).settings();
      assertThat(then.prompt().embeddings())
          .extracting(EmbeddingFile::file)
          .containsExactly("my-cat.safetensors");
      Replay replay = new Replay(then.withPrompt(reading));
      replay.generate(model, replay.request(), Progress.SILENT).write(again);

      assertThat(replay.settings().prompt()).isEqualTo(reading);
      assertThat(replay.differences(model.resolve(replay.request()).settings())).isEmpty();
    }
    assertThat(Files.readAllBytes(again)).isEqualTo(Files.readAllBytes(file));
  }
}
