package io.github.tcd4j.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures made with what lies in the model's own folder {@code adapters}. */
class OwnAdaptersReplayTest {
  private static final Path FIXTURES = Tcd4j.tiny().resolveSibling("adapter");

  @TempDir Path folder;

  private Path model;
  private Path own;
  private Path hint;
  private Path picture;

  @BeforeEach
  void writeModel() throws IOException {
    model = folder.resolve("models/sd1");
    copy(Tcd4j.tiny().resolveSibling("fidelity").resolve("sd1"), model);
    own = model.resolve("adapters");
    copy(FIXTURES.resolve("control-sd1"), own.resolve("controlnet"));
    byte[] rgb = new byte[3 * 32 * 32];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (7 * i);
    }
    hint = Files.createDirectories(folder.resolve("pictures")).resolve("hint.png");
    PngWriter.write(hint, new Image(32, 32, rgb), Map.of());
    picture = hint.resolveSibling("made.png");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path place = to.resolve(from.relativize(file).toString());
        Files.createDirectories(place.getParent());
        Files.copy(file, place);
      }
    }
  }

  private void generate(Object... adapters) {
    List<Object> arguments = new ArrayList<>(List.of("generate", "apple", "-m", model));
    arguments.addAll(List.of("--steps", 2, "--size", "32x32", "-o", picture));
    arguments.addAll(List.of(adapters));
    Tcd4j run = Tcd4j.run(arguments.toArray());
    assertThat(run.exitCode()).as(run.err()).isZero();
  }

  private Tcd4j replay() {
    return Tcd4j.run("replay", picture, "-m", model, "-o", folder.resolve("again"));
  }

  @Test
  void areReplayedToTheByteWithoutTheirPlaces() throws IOException {
    Path prompt = own.resolve("ip-adapter").resolve("ip-sd1-plain.bin");
    Files.createDirectories(prompt.getParent());
    Files.copy(FIXTURES.resolve("ip-sd1-plain.bin"), prompt);
    copy(FIXTURES.resolve("encoder"), model.resolve("pair"));
    copy(model.resolve("vae"), own.resolve("small-autoencoder"));
    generate(
        "--control",
        own.resolve("controlnet") + "=" + hint,
        "--ip-adapter",
        prompt + "=" + hint,
        "--image-encoder",
        model.resolve("pair"),
        "--vae",
        own.resolve("small-autoencoder"));

    Tcd4j run = replay();

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err().lines())
        .contains("the same bytes as " + picture)
        .noneMatch(line -> line.contains(", was "));
  }

  @Test
  void areTakenBeforeAnotherOfTheirNameThatHasNotThePicturesHash() throws IOException {
    generate("--control", own.resolve("controlnet") + "=" + hint);
    Path other = hint.resolveSibling("controlnet");
    copy(own.resolve("controlnet"), other);
    Path weights = other.resolve("diffusion_pytorch_model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 3] ^= 1;
    Files.write(weights, bytes);

    assertThat(replay().err().lines()).contains("the same bytes as " + picture);

    Files.move(own, folder.resolve("elsewhere"));
    Tcd4j changed = replay();
    assertThat(changed.exitCode()).as(changed.err()).isZero();
    assertThat(changed.err()).contains("note: the ControlNet controlnet: ").contains(", was ");
  }

  @Test
  void thatAreNowhereAreOneSentence() throws IOException {
    generate("--control", own.resolve("controlnet") + "=" + hint);
    Files.move(own, folder.resolve("elsewhere"));

    assertThat(replay().sentence())
        .isEqualTo(
            picture
                + " was generated with the ControlNet controlnet, which is not in the working"
                + " folder, among the model's own adapters or next to the picture; --input PATH"
                + " names it");
  }
}
