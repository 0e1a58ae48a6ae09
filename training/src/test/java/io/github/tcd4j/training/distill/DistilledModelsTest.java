package io.github.tcd4j.training.distill;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.sheet.ContactSheet;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.lora.MatchPolicy;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.convert.ModelConverter;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.training.TrainingListener;
import io.github.tcd4j.training.TrainingLoop;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.Recipes;
import io.github.tcd4j.training.run.RunFolder;
import io.github.tcd4j.training.task.TestShard;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whatever can generate can be a teacher: a folder of SDXL with its shards, one of SD 2 that
 * predicts v in a variant of half precision, a single file of SD 1.5. The LoRAs stay in {@code
 * target/distilled}, where {@code oracle/check_lora_writer.py} loads them into diffusers.
 */
class DistilledModelsTest {
  private static final Path MODELS = Path.of("../pipeline/src/test/resources/fidelity");
  private static final Path KEPT = Path.of("target/distilled");

  @TempDir Path work;
  private Path data;

  @BeforeEach
  void prepare() throws IOException {
    Engine.threads(1);
    data = work.resolve("five.tar");
    try (TestShard shard = new TestShard(data)) {
      for (String key : List.of("a", "b", "c", "d", "e")) {
        shard.pair(key, 32);
      }
    }
  }

  /** A folder, or the single file of the same model. */
  private Path base(String model, boolean single) {
    Path folder = MODELS.resolve(model);
    if (!single) {
      return folder;
    }
    Path file = work.resolve(model + ".safetensors");
    ModelFolder opened = ModelFolder.open(model, folder);
    new ModelConverter(null, List.of(), true).toFile(opened, file, report -> {});
    copyTokenizer(folder.resolve("tokenizer"), work.resolve("tokenizer"));
    return file;
  }

  /** The tiny model's vocabulary is not CLIP's, so it is in the folder of the file. */
  private static void copyTokenizer(Path from, Path to) {
    try (var files = Files.list(from)) {
      Files.createDirectories(to);
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Path trained(String recipe, Path base, String... more) throws IOException {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "data=" + data,
                "settings.base=" + base,
                "steps=4",
                "batch=2",
                "accumulate=1",
                "ema=null",
                "rate.peak=0.1",
                "sample_every=4",
                "probe_every=0"));
    overrides.addAll(List.of(more));
    Recipe read = Recipes.read(Path.of("src/test/resources/recipes", recipe + ".yaml"), overrides);
    Path run = work.resolve("run");
    RunFolder folder = RunFolder.open(run, Recipes.toYaml(read), false);
    try (Scope scope = Scope.open()) {
      TrainingEnvironment places = new TrainingEnvironment(work, work.resolve("cache"), n -> {});
      DistillTask task = new DistillTask(read, places);
      assertThat(new TrainingLoop(read, task, folder, TrainingListener.NONE).run().finished())
          .isTrue();
    }
    assertThat(ImageIO.read(folder.samplePath(4).toFile())).isNotNull();
    return run.resolve("final");
  }

  private static Picture picture(Path model, List<LoraSpec> loras, String sampler) {
    Request request =
        Request.builder("red apple")
            .loras(loras)
            .policy(MatchPolicy.STRICT)
            .sampler(sampler)
            .steps(2)
            .guidance(1)
            .threads(1)
            .build();
    try (TextToImage opened = TextToImage.load(ModelFolder.open("m", model), Device.CPU)) {
      return opened.generate(request, Progress.SILENT).get(0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "sdxl, false, tcd",
    "sdxl, false, lcm",
    "sd2-v, false, tcd",
    "sd2-v, false, lcm",
    "sd1, true, tcd",
    "sd1, true, lcm"
  })
  void everyModelIsDistilledIntoALoraThatChangesItsPictures(
      String model, boolean single, String method) throws IOException {
    Path base = base(model, single);
    Path lora = trained(method, base).resolve(method + ".safetensors");
    Picture plain = picture(base, List.of(), method);
    Picture changed = picture(base, List.of(new LoraSpec(lora.toString(), 1)), method);
    assertThat(changed.image().rgb()).isNotEqualTo(plain.image().rgb());
    Files.createDirectories(KEPT);
    Files.copy(
        lora,
        KEPT.resolve(model + "." + method + ".safetensors"),
        StandardCopyOption.REPLACE_EXISTING);
  }

  @ParameterizedTest
  @CsvSource({"tcd, tcf1", "tcd, tcf2", "tcd, tcf-s+", "lcm,", "ctm,", "ct,"})
  void thePreviewOfARunIsThePictureThatItsProductMakes(String method, @Nullable String trajectory)
      throws IOException {
    Path base = MODELS.resolve("sd1");
    String[] taught =
        trajectory == null
            ? new String[] {}
            : new String[] {"settings.objective.trajectory=" + trajectory};
    Path lora = trained(method, base, taught).resolve(method + ".safetensors");
    // The rest is as the LoRA says of itself: sampler, gamma, guidance.
    Request request =
        Request.builder("red apple, noto style")
            .loras(List.of(new LoraSpec(lora.toString(), 1)))
            .steps(2)
            .seed(0)
            .threads(1)
            .build();
    Picture product;
    try (TextToImage opened = TextToImage.load(ModelFolder.open("m", base), Device.CPU)) {
      product = opened.generate(request, Progress.SILENT).get(0);
    }
    Path sheet = work.resolve("product.png");
    PngWriter.write(sheet, ContactSheet.of(List.of(product.image()), 8).render(), Map.of());
    // The file has its factors in half precision.
    assertThat(difference(work.resolve("run/samples/step-4.png"), sheet)).isLessThanOrEqualTo(2);
  }

  private static int difference(Path one, Path other) throws IOException {
    BufferedImage a = ImageIO.read(one.toFile());
    BufferedImage b = ImageIO.read(other.toFile());
    assertThat(a.getWidth()).isEqualTo(b.getWidth());
    int most = 0;
    for (int y = 0; y < a.getHeight(); y++) {
      for (int x = 0; x < a.getWidth(); x++) {
        for (int shift = 0; shift < 24; shift += 8) {
          int d = (a.getRGB(x, y) >> shift & 255) - (b.getRGB(x, y) >> shift & 255);
          most = Math.max(most, Math.abs(d));
        }
      }
    }
    return most;
  }

  @Test
  void aWholeStudentOfSdxlIsAModelOfItsOwn() throws IOException {
    Path folder = trained("tcd-full", MODELS.resolve("sdxl"));
    ModelFolder written = ModelFolder.open("student", folder);
    ModelFolder teacher = ModelFolder.open("teacher", MODELS.resolve("sdxl"));
    assertThat(written.family()).isEqualTo(teacher.family());
    assertThat(written.zerosWithoutNegative()).isEqualTo(teacher.zerosWithoutNegative());
    assertThat(written.unet().timeCondProjDim()).isEqualTo(16);
    assertThat(written.schedulerConfig().path("_class_name").asText()).isEqualTo("TCDScheduler");
    for (Component component : written.components()) {
      if (component.tokenizer() != null) {
        assertThat(written.text(component)).isEqualTo(teacher.text(component));
        assertThat(written.tokenizer(component).encode("red, apple"))
            .isEqualTo(teacher.tokenizer(component).encode("red, apple"));
      }
    }
    assertThat(picture(folder, List.of(), "tcd").image().rgb()).isNotEmpty();
  }
}
