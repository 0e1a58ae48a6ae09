package io.github.tcd4j.training.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.layers.WeightsException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.SafeTensors;
import io.github.tcd4j.tensor.SafeTensorsWriter;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.RecipeException;
import io.github.tcd4j.training.recipe.Recipes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The entry {@code start} of the teacher's recipe. */
class TeacherTaskTest {
  private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

  @TempDir Path work;
  private Scope scope;
  private Places places;

  /** Untrained networks around the U-Net, and one U-Net to start from. */
  @BeforeEach
  void prepare() throws IOException {
    scope = Scope.open();
    places = new Places(work, work.resolve("cache"), note -> {});
    for (String recipe : List.of("text-image", "autoencoder", "teacher")) {
      Tasks.create(recipe(recipe), places).export(work.resolve(recipe).resolve("final"));
    }
  }

  @AfterEach
  void end() {
    scope.close();
  }

  private static Recipe recipe(String name, String... overrides) throws IOException {
    return Recipes.read(Path.of("src/test/resources/recipes", name + ".yaml"), List.of(overrides));
  }

  /** A teacher that starts from {@code folder}, with another seed than the one saved there. */
  private TeacherTask starting(Path folder) throws IOException {
    Path file = work.resolve("start.yaml");
    String own = Files.readString(Path.of("src/test/resources/recipes/teacher.yaml"));
    Files.writeString(file, own.replace("settings:\n", "settings:\n  start: " + folder + "\n"));
    return new TeacherTask(Recipes.read(file, List.of("seed=77")), places);
  }

  private Path saved() {
    return work.resolve("teacher/final/unet");
  }

  private Map<String, Tensor> read(Path folder) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    try (SafeTensors file = SafeTensors.open(folder.resolve(WEIGHTS))) {
      file.names().forEach(name -> all.put(name, file.get(name).to(DType.F32).copy()));
    }
    return all;
  }

  private Path write(String name, Map<String, Tensor> weights) throws IOException {
    Path folder = Files.createDirectories(work.resolve(name));
    SafeTensorsWriter.write(folder.resolve(WEIGHTS), weights, Map.of());
    return folder;
  }

  @Test
  void aStartGivesExactlyTheSavedWeightsAndTheyCanLearn() throws IOException {
    TeacherTask task = starting(saved());
    Map<String, Tensor> expected = read(saved());
    assertThat(task.parameters().keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, t) -> {
          Tensor own = task.parameters().get(name);
          assertThat(own.detach().contiguous().toFloatArray()).as(name).isEqualTo(t.toFloatArray());
          assertThat(own.requiresGrad()).as(name).isTrue();
        });
  }

  @Test
  void withoutAStartTheWeightsAreFreshAndFollowTheSeed() throws IOException {
    Map<String, Tensor> one = new TeacherTask(recipe("teacher"), places).parameters();
    Map<String, Tensor> same = new TeacherTask(recipe("teacher"), places).parameters();
    Map<String, Tensor> other = new TeacherTask(recipe("teacher", "seed=77"), places).parameters();
    float[] weights = values(one);
    assertThat(values(same)).isEqualTo(weights);
    assertThat(values(other)).isNotEqualTo(weights);
  }

  private static float[] values(Map<String, Tensor> parameters) {
    Tensor weight = parameters.get("conv_in.weight");
    return weight == null ? new float[0] : weight.detach().contiguous().toFloatArray();
  }

  @Test
  void savedWeightsThatTheModelHasNoPlaceForAreNamed() throws IOException {
    Map<String, Tensor> more = read(saved());
    more.put("mid_block.extra.weight", Tensor.scalar(1));
    Path folder = write("more", more);
    assertThatThrownBy(() -> starting(folder))
        .isInstanceOf(RecipeException.class)
        .hasMessage(
            folder
                + " holds weights that settings.model has no place for: [mid_block.extra.weight]");
  }

  @Test
  void aWeightThatTheStartLacksIsNamed() throws IOException {
    Map<String, Tensor> less = read(saved());
    less.remove("conv_out.bias");
    Path folder = write("less", less);
    assertThatThrownBy(() -> starting(folder))
        .isInstanceOf(WeightsException.class)
        .hasMessage(folder.resolve(WEIGHTS) + " lacks conv_out.bias");
  }

  @Test
  void aStartThatIsNotThereIsRefusedWithBothPlaces() {
    assertThatThrownBy(() -> starting(Path.of("nowhere")))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("the recipe names nowhere")
        .hasMessageContaining(work.resolve("nowhere").toString());
  }
}
