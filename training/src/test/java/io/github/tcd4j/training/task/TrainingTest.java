package io.github.tcd4j.training.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.training.Task;
import io.github.tcd4j.training.TrainingListener;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.Recipes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused before anything is read or written, and how many examples the tasks have. */
class TrainingTest {
  @TempDir Path work;

  /** Its data are not there, so whoever reads them first fails with another message. */
  private static Recipe recipe() throws IOException {
    Path file = Path.of("src/test/resources/recipes/autoencoder.yaml");
    return Recipes.read(file, List.of("data=nowhere"));
  }

  @Test
  void aFolderOfAnotherRunIsRefusedBeforeTheDataAreRead() throws IOException {
    Path folder = Files.createDirectories(work.resolve("taken"));
    Files.writeString(folder.resolve("recipe.yaml"), "task: another\n");
    assertThatThrownBy(() -> Training.run(recipe(), folder, TrainingListener.NONE))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith(folder + " holds a run already");
    assertThat(folder.resolve("recipe.yaml")).hasContent("task: another\n");
    assertThat(folder.resolve("checkpoints")).doesNotExist();
  }

  @Test
  void aDeviceThatIsNotHereIsRefusedBeforeTheDataAreRead() {
    Path folder = work.resolve("never");
    // A Mac has no CUDA, and everything else has no MPS.
    Device absent = Device.parse(System.getProperty("os.name").contains("Mac") ? "cuda" : "mps");
    assertThatThrownBy(
            () ->
                Training.run(
                    recipe(),
                    folder,
                    Training.Options.DEFAULT.withDevice(absent),
                    TrainingListener.NONE))
        .isInstanceOf(Tcd4jException.class)
        .hasMessageStartingWith("device " + absent + " is not available");
    assertThat(folder).doesNotExist();
  }

  @Test
  void everyTaskHasAsManyExamplesAsItsData() throws IOException {
    try (Scope scope = Scope.open()) {
      TinyModel tiny = TinyModel.write(work);
      for (String name : List.of("text-image", "autoencoder", "teacher", "tcd")) {
        Task task = Tasks.create(tiny.recipe(name), tiny.places());
        assertThat(task.size()).as(name).isEqualTo(6);
        assertThat(task.order(1).rows(0, 6)).as(name).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
      }
    }
  }
}
