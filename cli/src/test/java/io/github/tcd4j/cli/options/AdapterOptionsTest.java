package io.github.tcd4j.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What {@code --control}, {@code --ip-adapter} and {@code --ip-mask} mean. */
class AdapterOptionsTest {
  @TempDir Path folder;

  private String file(String name) {
    try {
      return Files.writeString(folder.resolve(name), name).toString();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static AdapterSettings settings(String... words) {
    return CommandLine.populateCommand(new AdapterOptions(), words).settings();
  }

  @Test
  void weightsAndScalesAreOneAndHintsActInAllStepsByDefault() {
    AdapterSettings s =
        settings(
            "--control", file("net") + "=" + file("hint.png"),
            "--ip-adapter", file("ip.bin") + "=" + file("cat.png"),
            "--image-encoder", file("encoder"));

    ControlSettings control = s.controls().get(0);
    assertThat(List.of(control.weight(), control.start(), control.end()))
        .containsExactly(1.0, 0.0, 1.0);
    assertThat(control.hint().method()).isEqualTo("none");
    assertThat(s.imagePrompts().get(0).scale()).isEqualTo(1);
    assertThat(s.imagePrompts().get(0).masks()).isEmpty();
  }

  @Test
  void aMaskBelongsToTheAdapterBeforeIt() {
    String first = file("a.bin") + "=" + file("cat.png") + "+" + file("dog.png");
    String second = file("b.bin") + "=" + file("cat.png");
    List<String> masks = List.of(file("left.png"), file("right.png"), file("middle.png"));

    List<ImagePromptSettings> prompts =
        settings(
                "--ip-adapter",
                first,
                "--ip-mask",
                masks.get(0),
                "--ip-mask",
                masks.get(1),
                "--ip-adapter",
                second,
                "--ip-mask",
                masks.get(2),
                "--image-encoder",
                file("e"))
            .imagePrompts();
    List<ImagePromptSettings> last =
        settings(
                "--ip-adapter",
                first,
                "--ip-adapter",
                second,
                "--ip-mask",
                masks.get(2),
                "--image-encoder",
                file("e"))
            .imagePrompts();

    assertThat(prompts.get(0).masks())
        .extracting(m -> m.file())
        .containsExactlyElementsOf(masks.subList(0, 2));
    assertThat(prompts.get(1).masks()).extracting(m -> m.file()).containsExactly(masks.get(2));
    assertThat(last.get(0).masks()).isEmpty();
    assertThat(last.get(1).masks()).extracting(m -> m.file()).containsExactly(masks.get(2));
  }

  @Test
  void aBackslashMakesASignAPartOfAName() {
    String odd = file("a:b+c=d@e");
    String written = odd.replaceAll("([:+=@])", "\\\\$1");

    ControlSettings control =
        settings("--control", written + "=" + written + ":0.5").controls().get(0);
    ControlSettings edges =
        settings("--control", written + "=canny:5,9:" + written).controls().get(0);
    ImagePromptSettings prompt =
        settings(
                "--ip-adapter",
                written + "=" + written + "+" + written + ":0.5",
                "--image-encoder",
                odd)
            .imagePrompts()
            .get(0);

    assertThat(control.model().name()).isEqualTo(odd);
    assertThat(control.hint().file().file()).isEqualTo(odd);
    assertThat(control.weight()).isEqualTo(0.5);
    assertThat(control.type()).isNull();
    assertThat(edges.hint().canny()).isEqualTo(new Canny(5, 9));
    assertThat(edges.hint().file().file()).isEqualTo(odd);
    assertThat(prompt.pictures()).extracting(p -> p.file()).containsExactly(odd, odd);
    assertThat(prompt.scale()).isEqualTo(0.5);
    assertThat(new CommandLine(new AdapterOptions()).getUsageMessage().replaceAll("\\s+", " "))
        .contains("A : + = or @ in the name of a file has a backslash before it.");
  }

  @Test
  void edgesHaveThresholdsOfTheirOwnOrTheUsualOnes() {
    String words = file("net") + "=canny:" + file("cat.png");

    assertThat(settings("--control", words).controls().get(0).hint().canny())
        .isEqualTo(new Canny(100, 200));
  }
}
