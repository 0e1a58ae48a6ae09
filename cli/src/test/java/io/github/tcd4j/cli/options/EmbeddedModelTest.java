package io.github.tcd4j.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.console.InstallationFolder;
import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.data.InMemoryDataset;
import io.github.tcd4j.data.scenes.Concept;
import io.github.tcd4j.data.scenes.SceneDataset;
import io.github.tcd4j.data.scenes.ScenePairs;
import io.github.tcd4j.data.source.SceneSource;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EmbeddedModelTest {
  private static final Path ROOT = Path.of("..");

  @Test
  void aNameIsOneAndAPathIsNone() {
    assertThat(EmbeddedModel.named("emoji")).isEqualTo(EmbeddedModel.EMOJI);
    assertThat(EmbeddedModel.named("scenes")).isEqualTo(EmbeddedModel.SCENES);
    assertThat(EmbeddedModel.named("./scenes")).isNull();
    assertThat(EmbeddedModel.suiting("runs/teacher/final")).isEqualTo(EmbeddedModel.EMOJI);
    assertThat(EmbeddedModel.named(ModelOptions.EMBEDDED)).isEqualTo(EmbeddedModel.EMOJI);
  }

  @ParameterizedTest
  @EnumSource
  void helpNamesItAndItsFolderIsTheInstallations(EmbeddedModel model) {
    assertThat(ModelOptions.LABEL.split("\\|")).contains(model.key());
    assertThat(ModelOptions.place(model.key()))
        .isEqualTo(InstallationFolder.folder().resolve(model.key()));
    assertThat(ROOT.resolve(model.pair()).resolve("config.json")).isRegularFile();
  }

  @Test
  void captionsOfScenesAreThoseOfItsReferenceAndTheirPicturesOthers() {
    EmbeddedModel.Data data = EmbeddedModel.SCENES.data();
    SceneDataset asked = compose(data.captions());
    SceneDataset real = compose(data.reference());
    assertThat(asked.size()).isEqualTo(data.pictures()).isEqualTo(real.size());
    for (int i = 0; i < 20; i++) {
      assertThat(asked.caption(i)).isEqualTo(real.caption(i));
      assertThat(asked.get(i).pixels()).isNotEqualTo(real.get(i).pixels());
    }
  }

  @Test
  void promptsOfScenesAreOfPairsThatAreHeldOut() {
    SceneSource world = SceneSource.parse(EmbeddedModel.SCENES.data().world());
    List<String> names =
        world.concepts(drawings(world)).concepts().stream().map(Concept::name).toList();
    ScenePairs pairs = new ScenePairs(world.split(), names.size());
    for (String prompt : EmbeddedModel.SCENES.prompts()) {
      List<Integer> things =
          List.of(prompt.split(", | and ")).stream().map(names::indexOf).toList();
      assertThat(things).as(prompt).doesNotContain(-1);
      assertThat(
              things.stream()
                  .anyMatch(
                      a -> things.stream().anyMatch(b -> !a.equals(b) && pairs.isHeldOut(a, b))))
          .as(prompt)
          .isTrue();
    }
  }

  private static SceneDataset compose(String name) {
    SceneSource source = SceneSource.parse(name);
    return source.compose(drawings(source));
  }

  private static Dataset drawings(SceneSource source) {
    return InMemoryDataset.read(ROOT.resolve(source.artwork()));
  }
}
