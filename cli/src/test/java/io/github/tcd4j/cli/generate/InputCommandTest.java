package io.github.tcd4j.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that start from a picture. */
class InputCommandTest {
  @TempDir Path folder;

  private Path room;
  private Path mask;

  @BeforeEach
  void pictures() {
    room = picture("room.png", 21, 17, 7);
    mask = picture("sofa.png", 21, 17, 12);
  }

  private Path picture(String name, int width, int height, int factor) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (factor * (i / 3));
    }
    Path file = folder.resolve(name);
    PngWriter.write(file, new Image(width, height, rgb), Map.of());
    return file;
  }

  private Tcd4j generate(Object... more) {
    Stream<Object> all =
        Stream.of(
            "generate", "apple", "-m", Tcd4j.tiny(), "-o", folder.resolve("out"), "--seed", 5);
    return Tcd4j.run(Stream.concat(all, Stream.of(more)).toArray());
  }

  @Test
  void thePicturesOwnSizeIsCutAndWhatItWasMadeFromIsInIt() throws IOException {
    Tcd4j run = generate("--image", room, "--strength", 0.5, "--steps", 4, "--count", 2);
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
    assertThat(run.err()).contains("strength 0.5").contains("20x16");

    String json = Tcd4j.run("metadata", "--json", run.paths().get(1)).out();
    assertThat(json)
        .contains("\"file\" : \"room.png\"")
        .contains("\"strength\" : 0.5")
        .contains("\"steps\" : 4")
        .doesNotContain(folder.getFileName().toString());
    assertThat(Tcd4j.run("metadata", run.paths().get(0)).out()).contains("Denoising strength: 0.5");
  }

  @Test
  void aReplayFindsItsPicturesByHashNextToItOrWhereTheyAreNamed() throws IOException {
    Path made =
        generate("--image", room, "--mask", mask, "--mask-blur", 1.5, "--no-paste").paths().get(0);
    Path other = Files.createDirectories(folder.resolve("other"));
    Path moved = Files.copy(made, other.resolve("made.png"));

    Tcd4j lost = Tcd4j.run("replay", moved, "-m", Tcd4j.tiny(), "-o", folder.resolve("again"));
    assertThat(lost.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(lost.sentence())
        .isEqualTo(
            moved
                + " was generated with the picture room.png, which is not in the working folder or"
                + " next to the picture; --input FILE names it");

    Path renamed = Files.copy(room, folder.resolve("renamed.png"));
    Tcd4j named =
        Tcd4j.run(
            "replay",
            moved,
            "-m",
            Tcd4j.tiny(),
            "--input",
            renamed,
            "--input",
            mask,
            "-o",
            folder.resolve("again"));
    assertThat(named.err()).contains("the same pixels as " + moved + ", with other texts");

    Files.copy(room, other.resolve("room.png"));
    Files.copy(mask, other.resolve("sofa.png"));
    Tcd4j found = Tcd4j.run("replay", moved, "-m", Tcd4j.tiny(), "-o", folder.resolve("again"));
    assertThat(found.err()).contains("the same bytes as " + moved);

    Files.delete(other.resolve("room.png"));
    Files.copy(mask, other.resolve("room.png"));
    Tcd4j changed = Tcd4j.run("replay", moved, "-m", Tcd4j.tiny(), "-o", folder.resolve("again"));
    assertThat(changed.err())
        .contains("note: the picture room.png: ")
        .contains("the bytes differ from those of " + moved + ", see above");
  }

  @Test
  void aReplaySpansASheetOfStrengths() {
    Path made = generate("--image", room, "--steps", 4).paths().get(0);
    Tcd4j sheet =
        Tcd4j.run(
            "replay",
            made,
            "-m",
            Tcd4j.tiny(),
            "--input",
            room,
            "--strength",
            "0.25,0.5,1",
            "-o",
            folder.resolve("sheet"));

    assertThat(sheet.exitCode()).as(sheet.err()).isEqualTo(ExitCode.OK);
    assertThat(sheet.paths().get(0).getFileName()).hasToString("apple-by-strength.png");
  }

  @Test
  void upscalingNamesTheFileAfterThePictureAndCanBeReplayed() throws IOException {
    Path out = folder.resolve("large");
    Tcd4j run =
        Tcd4j.run(
            "upscale",
            room,
            "-m",
            Tcd4j.tiny(),
            "--scale",
            2,
            "--tile",
            16,
            "--steps",
            4,
            "--strength",
            0.5,
            "--seed",
            1,
            "-o",
            out);
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
    Path made = run.paths().get(0);
    assertThat(made).hasFileName("room-upscaled.png");
    assertThat(run.err()).contains("42x34");
    assertThat(Tcd4j.run("metadata", "--json", made).out()).contains("\"upscale\"");
    assertThat(Tcd4j.run("replay", made, "-m", Tcd4j.tiny(), "--input", room, "-o", out).err())
        .contains("the same bytes as " + made);

    Tcd4j small = Tcd4j.run("upscale", room, "-m", Tcd4j.tiny(), "--scale", 1, "-o", out);
    assertThat(small.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(small.sentence())
        .isEqualTo("the scale of upscaling must be above 1 and at most 8.0 but was 1.0");
  }

  @Test
  void severalAreMadeOfAPictureFromAPromptThatIsReadAsOfGenerate() throws IOException {
    Path out = folder.resolve("several");
    Object[] usual = {
      "upscale",
      room,
      "-m",
      Tcd4j.tiny(),
      "--steps",
      3,
      "--seed",
      5,
      "-p",
      "(cat:1.4) <lora:tcd:0.5>",
      "--clip-skip",
      2,
      "-o",
      out
    };
    Path latents = folder.resolve("several.safetensors");
    Tcd4j two = Tcd4j.run(with(usual, "--count", 2, "--latents-out", latents));
    assertThat(two.exitCode()).as(two.err()).isEqualTo(ExitCode.OK);
    assertThat(two.paths())
        .containsExactly(
            out.resolve("room-upscaled.png"), out.resolve("room-upscaled-2.png"), latents);
    try (SafeTensors file = SafeTensors.open(latents)) {
      assertThat(file.shape("latents")[0]).isEqualTo(2);
    }
    String json = Tcd4j.run("metadata", "--json", two.paths().get(1)).out();
    assertThat(json)
        .contains("\"seed\" : 5", "\"weight\" : 0.5", "\"clipSkip\" : 2", "\"(cat:1.4)");

    Tcd4j plain = Tcd4j.run(with(usual, "--prompt-syntax", "plain"));
    assertThat(plain.exitCode()).as(plain.err()).isEqualTo(ExitCode.OK);
    assertThat(Tcd4j.run("metadata", "--json", plain.paths().get(0)).out())
        .contains("\"(cat:1.4) <lora:tcd:0.5>\"");
    assertThat(Files.readAllBytes(plain.paths().get(0)))
        .isNotEqualTo(Files.readAllBytes(two.paths().get(0)));
  }

  private static Object[] with(Object[] usual, Object... more) {
    return Stream.concat(Stream.of(usual), Stream.of(more)).toArray();
  }

  @Test
  void whatIsMissingOrOutOfRangeIsOneSentenceWithTheOptionToUse() {
    refused("a mask has no effect without a picture; give one; use --image FILE", "--mask", mask);
    refused(
        "a strength has no effect without a picture; give one; use --image FILE",
        "--strength",
        0.5);
    refused(
        "strength must be above 0 and at most 1 but was 0.0: near 0 the picture stays as it is, at 1 little of"
            + " it is left",
        "--image",
        room,
        "--strength",
        0);
    refused("picture none.png does not exist", "--image", "none.png");
    refused(
        "--outpaint must be LEFT,TOP,RIGHT,BOTTOM, four whole numbers, but was [8, 8]",
        "--image",
        room,
        "--outpaint",
        "8,8");
    refused(
        "a blur of the mask has no effect without a mask; give one; use --mask FILE",
        "--image",
        room,
        "--mask-blur",
        4);
    Path text = folder.resolve("notes.txt");
    write(text, "no picture");
    refused(
        "picture " + text + " cannot be used: it is no image, but PNG, JPEG and WebP are read",
        "--image",
        text);
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void refused(String sentence, Object... options) {
    Tcd4j run = generate(options);
    assertThat(run.sentence()).isEqualTo(sentence);
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(List.of(run.out())).containsExactly("");
  }
}
