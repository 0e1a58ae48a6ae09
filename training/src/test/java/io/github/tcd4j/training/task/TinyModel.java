package io.github.tcd4j.training.task;

import io.github.tcd4j.files.Notes;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import io.github.tcd4j.training.network.FrozenComponents;
import io.github.tcd4j.training.network.Teacher;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.Recipes;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * Six pictures with captions, and an untrained model whose text encoder and autoencoder have seen
 * none of them: enough to follow one training step by hand.
 */
public record TinyModel(Path work, Path data, TrainingEnvironment places) {
  private static final List<String> CAPTIONS =
      List.of("red apple", "rocket", "cat face", "blue heart", "sunflower", "dog face");

  /** Writes the pictures alone. */
  static TinyModel data(Path work) throws IOException {
    // Networks this small only wait for each other's threads.
    Engine.threads(1);
    Path data = work.resolve("six.tar");
    try (TestShard shard = new TestShard(data)) {
      for (int i = 0; i < CAPTIONS.size(); i++) {
        shard.add("p" + i + ".png", disc(i)).add("p" + i + ".txt", CAPTIONS.get(i));
      }
    }
    return new TinyModel(
        work, data, new TrainingEnvironment(work, work.resolve("cache"), note -> {}));
  }

  /** Writes the pictures and {@code NAME/final} of the three networks into {@code work}. */
  public static TinyModel write(Path work) throws IOException {
    TinyModel tiny = data(work);
    for (String name : List.of("text-image", "autoencoder", "teacher")) {
      Tasks.create(tiny.recipe(name), tiny.places).export(work.resolve(name).resolve("final"));
    }
    return tiny;
  }

  static byte[] disc(int i) throws IOException {
    BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, 64, 64);
    g.setColor(Color.getHSBColor(i / 6f, 1, 1));
    g.fillOval(4 * i, 8, 30, 40);
    g.dispose();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  /** A recipe of the tests on these pictures. */
  public Recipe recipe(String name, String... overrides) throws IOException {
    List<String> all = new ArrayList<>(List.of("data=" + data));
    if (List.of("text-image", "autoencoder").contains(name)) {
      all.add("settings.validation=" + data);
    }
    all.addAll(List.of(overrides));
    return Recipes.read(Path.of("src/test/resources/recipes", name + ".yaml"), all);
  }

  private Path model() {
    return work.resolve("teacher/final");
  }

  public FrozenComponents components() {
    return parts(model());
  }

  public Teacher teacher() {
    return teacher(model());
  }

  /** The frozen networks of a model folder or a single file. */
  public static FrozenComponents parts(Path model) {
    ModelFolder folder = ModelFolder.open("tiny", model);
    return FrozenComponents.of(folder, LoadedModel.differentiable(folder, Device.CPU, Notes.NONE));
  }

  /** The U-Net of a model folder or a single file. */
  public static Teacher teacher(Path model) {
    ModelFolder folder = ModelFolder.open("tiny", model);
    return Teacher.of(folder, LoadedModel.differentiable(folder, Device.CPU, Notes.NONE));
  }

  /** Adds noise of standard deviation {@code size} to every parameter, from a seed. */
  public static void disturb(Map<String, Tensor> parameters, double size, long seed) {
    try (RandomSource random = new RandomSource(seed)) {
      parameters
          .values()
          .forEach(p -> p.detach().copyFrom_(p.detach().plus(random.normal(p.shape()), size)));
    }
  }
}
