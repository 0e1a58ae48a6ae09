package io.github.tcd4j.training.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.files.Notes;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.pipeline.prompt.PromptEncoder;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.dataset.ImageDataset;
import io.github.tcd4j.training.dataset.LatentDataset;
import io.github.tcd4j.training.dataset.TensorCache;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import io.github.tcd4j.training.network.FrozenComponents;
import io.github.tcd4j.training.network.PairComponents;
import io.github.tcd4j.training.recipe.Recipes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Latents and tokens are read again only where they would come out the same. */
class LatentCacheTest {
  @TempDir Path work;
  private Scope scope;
  private FrozenComponents parts;

  @BeforeEach
  void prepare() throws IOException {
    scope = Scope.open();
    TrainingEnvironment places = new TrainingEnvironment(work, work.resolve("unused"), note -> {});
    for (String name : List.of("text-image", "autoencoder")) {
      Path recipe = Path.of("src/test/resources/recipes", name + ".yaml");
      Tasks.create(Recipes.read(recipe, List.of()), places).export(work.resolve(name));
    }
    parts = load();
  }

  @AfterEach
  void end() {
    scope.close();
  }

  private FrozenComponents load() {
    return PairComponents.load(work.resolve("text-image"), work.resolve("autoencoder"), Device.CPU);
  }

  /** Two examples of one colour each. */
  private static ImageDataset corpus(int first, String... captions) {
    byte[] one = new byte[3 * 16 * 16];
    byte[] other = new byte[3 * 16 * 16];
    Arrays.fill(one, (byte) first);
    Arrays.fill(other, (byte) 120);
    return new ImageDataset(
        Dataset.of(
            List.of(
                new CaptionedImage("a", one, 16, 16, captions[0], Map.of()),
                new CaptionedImage("b", other, 16, 16, captions[1], Map.of()))),
        Device.CPU);
  }

  private LatentDataset encode(ImageDataset corpus) throws IOException {
    return parts.encode(corpus, new TrainingEnvironment(work, work.resolve("cache"), note -> {}));
  }

  @Test
  void theSameDataAreReadBack() throws IOException {
    encode(corpus(40, "red apple", "rocket"));
    Path file = work.resolve("cache/latents.safetensors");
    var written = Files.getLastModifiedTime(file);
    LatentDataset again = encode(corpus(40, "red apple", "rocket"));
    assertThat(Files.getLastModifiedTime(file)).isEqualTo(written);
    assertThat(again.size()).isEqualTo(2);
  }

  @Test
  void anEncodingThatIsInterruptedLeavesNoCache() {
    Runnable interrupt =
        () -> {
          throw new CancellationException();
        };
    TrainingEnvironment interrupted =
        new TrainingEnvironment(
            work, new TensorCache(work.resolve("cache")), note -> {}, interrupt, Device.CPU);
    assertThatThrownBy(() -> parts.encode(corpus(40, "red apple", "rocket"), interrupted))
        .isInstanceOf(CancellationException.class);
    assertThat(work.resolve("cache/latents.safetensors")).doesNotExist();
  }

  @Test
  void aCorrectedCaptionIsEncodedAnew() throws IOException {
    LatentDataset before = encode(corpus(40, "red apple", "rocket"));
    LatentDataset after = encode(corpus(40, "green apple", "rocket"));
    assertThat(before.captions().tokens().sameAs(after.captions().tokens())).isFalse();
    assertThat(before.mean().sameAs(after.mean())).isTrue();
  }

  @Test
  void otherPicturesOfTheSameNumberAreEncodedAnew() throws IOException {
    LatentDataset before = encode(corpus(40, "red apple", "rocket"));
    LatentDataset after = encode(corpus(90, "red apple", "rocket"));
    assertThat(before.mean().sameAs(after.mean())).isFalse();
  }

  @Test
  void anotherScalingFactorEncodesAnew() throws IOException {
    LatentDataset before = encode(corpus(40, "red apple", "rocket"));
    Path config = work.resolve("autoencoder/config.json");
    String own = Files.readString(config);
    String other = own.replaceFirst("(\"scaling_factor\" *: *)1(\\.0)?", "$10.5");
    assertThat(other).isNotEqualTo(own);
    Files.writeString(config, other);
    parts = load();
    LatentDataset after = encode(corpus(40, "red apple", "rocket"));
    assertThat(after.mean().minus(before.mean().times(0.5)).abs().max().item()).isZero();
  }

  private static final Path MODELS = Path.of("../pipeline/src/test/resources/fidelity");

  private LatentDataset encode(Path model, String... captions) throws IOException {
    parts = TinyModel.parts(model);
    return encode(corpus(40, captions));
  }

  @Test
  void rowsOfSdxlAreReadBackWithPooledTextAndSizes() throws IOException {
    LatentDataset fresh = encode(MODELS.resolve("sdxl"), "red apple", "green");
    LatentDataset again = encode(MODELS.resolve("sdxl"), "red apple", "green");
    assertThat(again.captions().tokens().sameAs(fresh.captions().tokens())).isTrue();
    assertThat(again.captions().pooled()).matches(t -> t.sameAs(fresh.captions().pooled()));
    assertThat(again.captions().timeIds()).matches(t -> t.sameAs(fresh.captions().timeIds()));
    assertThat(again.captions().rows()).isEqualTo(2);
    // This model's empty caption is a row of zeros.
    assertThat(again.empty().tokens().abs().max().item()).isZero();
    assertThat(again.empty().pooled()).matches(t -> t.abs().max().item() == 0);
  }

  @Test
  void captionsAreEncodedAsGenerationEncodesPrompts() throws IOException {
    for (String name : List.of("sd1", "sd2-v", "sdxl", "sdxl-turbo")) {
      ModelFolder folder = ModelFolder.open(name, MODELS.resolve(name));
      try (LoadedModel model = new LoadedModel(folder, Device.CPU, true)) {
        PromptEncoder prompts = new PromptEncoder(model, folder, PromptSettings.PLAIN, Notes.NONE);
        Conditioning expected = prompts.encodePairs(List.of("red apple", "green"), null);
        LatentDataset encoded = encode(MODELS.resolve(name), "red apple", "green");
        Conditioning own = Conditioning.cat(text(encoded.captions()), encoded.empty());
        assertThat(own.tokens().sameAs(expected.rows(0, 3).tokens())).as(name).isTrue();
        Tensor pooled = expected.rows(0, 3).pooled();
        assertThat(own.pooled())
            .as(name)
            .matches(t -> t == null ? pooled == null : t.sameAs(Objects.requireNonNull(pooled)));
      }
    }
  }

  private static Conditioning text(Conditioning rows) {
    return new Conditioning(rows.tokens(), rows.pooled(), null, null, null);
  }

  @Test
  void captionsThatAreCutAreCountedInOneNote() throws IOException {
    parts = TinyModel.parts(MODELS.resolve("sd1"));
    List<String> notes = new ArrayList<>();
    String longer = "red apple green ".repeat(20);
    parts.encode(
        corpus(40, longer, "green"),
        new TrainingEnvironment(work, work.resolve("cache"), notes::add));
    assertThat(notes)
        .containsExactly(
            "1 captions are longer than the text encoder reads; their ends are not used");
  }
}
