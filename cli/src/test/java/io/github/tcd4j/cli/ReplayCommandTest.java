package io.github.tcd4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.images.png.PngMetadata;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayCommandTest {
  @TempDir Path folder;

  private List<Path> generate(Object... more) {
    List<Object> arguments = new java.util.ArrayList<>();
    arguments.addAll(
        List.of("generate", "red apple", "-m", Tcd4j.tiny(), "--seed", 4, "-o", folder));
    arguments.addAll(List.of(more));
    return Tcd4j.run(arguments.toArray()).paths();
  }

  @Test
  void everyPictureOfABatchIsRepaintedToTheByte() throws Exception {
    for (Path picture : generate("--count", 5, "--gamma", 0.5, "--steps", 3)) {
      Tcd4j run = Tcd4j.run("replay", picture, "-o", folder.resolve("again"));

      assertThat(run.exitCode()).isZero();
      assertThat(run.err()).contains("the same bytes as " + picture);
      assertThat(Files.mismatch(picture, run.paths().get(0))).isEqualTo(-1);
    }
  }

  @Test
  void anotherAutoencoderIsPartOfThePicture() throws Exception {
    Path vae = Tcd4j.tinyCopy(folder.resolve("copy")).resolve("vae");
    Path picture = generate("--vae", vae).get(0);

    Tcd4j run = Tcd4j.run("replay", picture, "-o", folder.resolve("again"));

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).contains("the autoencoder is " + vae);
    assertThat(run.err()).contains("the same bytes as " + picture);
  }

  @Test
  void thePlaceOfASingleFilesTokenizerIsPartOfThePicture() throws Exception {
    Path file = folder.resolve("model.safetensors");
    assertThat(Tcd4j.run("convert", Tcd4j.tiny(), file).exitCode()).isZero();
    Path words = Tcd4j.tiny().resolve("tokenizer");
    Path picture =
        Tcd4j.run("generate", "red apple", "-m", file, "--tokenizer", words, "-o", folder)
            .paths()
            .get(0);

    Tcd4j run = Tcd4j.run("replay", picture, "-o", folder.resolve("again"));

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).contains("the same bytes as " + picture);
  }

  @Test
  void whatWouldDoNothingIsRefused() {
    Path picture = generate().get(0);

    Tcd4j batch = Tcd4j.run("replay", picture, "--batch", 2);
    assertThat(batch.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(batch.err()).contains("--batch has no effect here");
    Tcd4j negative = Tcd4j.run("replay", picture, "-n", "<lora:tcd:1>");
    assertThat(negative.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(negative.err()).contains("a LoRA belongs into the prompt");
  }

  @Test
  void aLoraThatTheNewPromptNamesHasItsWeightAlone() {
    Path picture = generate().get(0);

    Tcd4j run = Tcd4j.run("replay", picture, "--prompt", "green <lora:tcd:0.5>", "-o", folder);

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).contains("+ LoRA tcd x 0.5, ").doesNotContain("LoRA tcd +");
  }

  @Test
  void picturesOfSeveralBatchesAreRepaintedToTheByteToo() throws Exception {
    List<Path> pictures =
        generate("--count", 3, "--batch", 2, "--sampler", "ddim", "--guidance", 4, "--steps", 2);

    Tcd4j run = Tcd4j.run("replay", pictures.get(2), "-o", folder.resolve("again"));

    assertThat(run.err()).contains("the same bytes as " + pictures.get(2));
  }

  @Test
  void aChangePaintsAnotherPictureThatCarriesIt() throws Exception {
    Path picture = generate().get(0);

    Path other = Tcd4j.run("replay", picture, "--gamma", 1, "-o", folder).paths().get(0);

    assertThat(Files.mismatch(picture, other)).isNotEqualTo(-1);
    assertThat(PngMetadata.read(other).settings()).contains("\"gamma\":1.0").contains("\"seed\":4");
  }

  @Test
  void aListOfGammasBecomesALabelledSheet() throws Exception {
    Path picture = generate().get(0);

    Tcd4j run = Tcd4j.run("replay", picture, "--gamma", "0,0.3,0.7,1", "-o", folder);

    Path sheet = run.paths().get(0);
    assertThat(sheet.getFileName()).hasToString("red-apple-by-gamma.png");
    BufferedImage image = ImageIO.read(sheet.toFile());
    assertThat(image.getWidth()).isGreaterThan(4 * 128);
    assertThat(image.getHeight()).isBetween(128 + 40, 2 * 128);
    assertThat(PngMetadata.read(sheet).texts().get("Description")).contains("seed 4");
  }

  @Test
  void twoListsSpanTheSheetAndThreeDoNot() throws Exception {
    Path picture = generate().get(0);

    Tcd4j two = Tcd4j.run("replay", picture, "--gamma", "0,1", "--steps", "1,2,3", "-o", folder);
    Tcd4j three = Tcd4j.run("replay", picture, "--gamma", "0,1", "--steps", "1,2", "--seed", "1,2");

    BufferedImage image = ImageIO.read(two.paths().get(0).toFile());
    assertThat(image.getHeight()).isGreaterThan(3 * 128);
    assertThat(three.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(three.sentence())
        .isEqualTo(
            "a sheet has two sides, so two options may be lists but [steps, gamma, seed] are");
  }

  @Test
  void anotherSamplerDropsTheGammaThatItHasNoUseFor() {
    Path picture = generate().get(0);

    Tcd4j run =
        Tcd4j.run("replay", picture, "--sampler", "tcd,lcm,ddim", "--steps", 2, "-o", folder);

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.paths().get(0).getFileName()).hasToString("red-apple-by-sampler.png");
  }

  @Test
  void aModelWithOtherWeightsIsSaidAloud() throws Exception {
    Path model = Tcd4j.tinyCopy(folder.resolve("model"));
    Path picture =
        Tcd4j.run("generate", "apple", "-m", model, "-o", folder.resolve("a")).paths().get(0);
    Path weights = model.resolve("vae/diffusion_pytorch_model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 3] ^= 1;
    Files.write(weights, bytes);

    Tcd4j run = Tcd4j.run("replay", picture, "-o", folder.resolve("b"));

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).contains("note: the model's weights");
  }
}
