package io.github.tcd4j.training.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.training.recipe.RecipeException;
import io.github.tcd4j.training.task.TestShard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingEnvironmentTest {
  @TempDir Path home;
  private TrainingEnvironment places;

  @BeforeEach
  void prepare() throws IOException {
    places = new TrainingEnvironment(home, home.resolve("cache"), note -> {});
    Files.createDirectories(home.resolve("shards"));
    for (String name : new String[] {"train-0", "train-1", "other-0"}) {
      try (TestShard shard = new TestShard(home.resolve("shards/" + name + ".tar"))) {
        shard.pair(name, 4);
      }
    }
  }

  @Test
  void aGlobIsLookedForInTheInstallationToo() throws IOException {
    Dataset found = places.dataset("shards/train-*.tar");
    assertThat(found.size()).isEqualTo(2);
    assertThat(found.get(0).key()).isEqualTo("train-0");
    assertThat(found.get(1).key()).isEqualTo("train-1");
    assertThat(places.dataset(home.resolve("shards/*-0.tar").toString()).size()).isEqualTo(2);
  }

  @Test
  void aGlobInAFolderThatIsNowhereNamesBothPlaces() {
    assertThatThrownBy(() -> places.dataset("nowhere/train-*.tar"))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("the recipe names nowhere/train-*.tar")
        .hasMessageContaining(home.resolve("nowhere/train-*.tar").toString());
  }
}
