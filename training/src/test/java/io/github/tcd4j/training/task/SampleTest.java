package io.github.tcd4j.training.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.training.Task;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import io.github.tcd4j.training.recipe.Recipes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Samples of data sets and networks of other sizes than the project's own. */
class SampleTest {
  @TempDir Path work;
  private Scope scope;

  @BeforeEach
  void begin() {
    scope = Scope.open();
  }

  @AfterEach
  void end() {
    scope.close();
  }

  private Task task(String recipe, String... overrides) throws IOException {
    return Tasks.create(
        Recipes.read(Path.of("src/test/resources/recipes", recipe + ".yaml"), List.of(overrides)),
        new TrainingEnvironment(work, work.resolve("cache"), note -> {}));
  }

  @Test
  void threeHeldOutPicturesAreEnough() throws IOException {
    Path shard = work.resolve("three.tar");
    try (TestShard three = new TestShard(shard)) {
      three.pair("a", 64).pair("b", 64).pair("c", 64);
    }
    Path png = work.resolve("sample.png");
    Task autoencoder = task("autoencoder", "settings.validation=" + shard);
    assertThat(autoencoder.sample(png)).containsKey("psnr");
    assertThat(ImageIO.read(png.toFile()).getWidth()).isEqualTo(3 * 128 + 4 * 10);
    Map<String, Double> found = task("text-image", "settings.validation=" + shard).sample(png);
    assertThat(found).containsEntry("top5", 1.0);
  }

  @Test
  void latentsMayHaveOtherThanFourChannels() throws IOException {
    task("text-image").export(work.resolve("text-image/final"));
    task("autoencoder", "settings.model.latent_channels=6")
        .export(work.resolve("autoencoder/final"));
    Path png = work.resolve("sample.png");
    task("teacher", "settings.model.in_channels=6", "settings.model.out_channels=6").sample(png);
    assertThat(ImageIO.read(png.toFile()).getHeight()).isGreaterThan(64);
  }
}
