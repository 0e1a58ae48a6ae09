package io.github.tcd4j.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  void everyPictureOfABatchIsReproducedToTheByte() throws Exception {
    for (Path picture : generate("--count", 5, "--gamma", 0.5, "--steps", 3)) {
      Tcd4j run = Tcd4j.run("replay", picture, "-m", Tcd4j.tiny(), "-o", folder.resolve("again"));

      assertThat(run.exitCode()).isZero();
      assertThat(run.err()).contains("the same bytes as " + picture);
      assertThat(Files.mismatch(picture, run.paths().get(0))).isEqualTo(-1);
    }
  }

  @Test
  void anotherAutoencoderIsPartOfThePicture() throws Exception {
    Path vae = Tcd4j.tinyCopy(folder.resolve("copy")).resolve("vae");
    Path picture = generate("--vae", vae).get(0);

    Tcd4j run =
        Tcd4j.run(
            "replay", picture, "-m", Tcd4j.tiny(), "--vae", vae, "-o", folder.resolve("again"));

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

    // The model is beside the picture, the tokenizer is not.
    Tcd4j lost = Tcd4j.run("replay", picture, "-o", folder.resolve("again"));
    assertThat(lost.sentence())
        .isEqualTo(
            picture
                + " was generated with the tokenizer tokenizer, which is not in the working folder or"
                + " next to the picture; --tokenizer PATH names it");
    Tcd4j run = Tcd4j.run("replay", picture, "--tokenizer", words, "-o", folder.resolve("again"));

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).contains("the same bytes as " + picture);
  }

  private Path style(String... folders) throws IOException {
    Path file = folder.resolve(String.join("/", folders)).resolve("style.safetensors");
    Files.createDirectories(file.getParent());
    return Files.copy(Tcd4j.tiny().resolve("loras/tcd.safetensors"), file);
  }

  @Test
  void noFolderOfTheUserIsInAPicture() throws Exception {
    Path vae = Tcd4j.tinyCopy(folder.resolve("copy")).resolve("vae");
    Path picture = generate("-l", style("mine") + ":0.5", "--vae", vae).get(0);

    Map<String, String> texts = PngMetadata.read(picture).texts();
    assertThat(texts.values())
        .isNotEmpty()
        .noneMatch(t -> t.contains(folder.toString()) || t.contains(Tcd4j.tiny().toString()));
    assertThat(texts.get("parameters"))
        .contains("Model: tiny, VAE: vae, ")
        .contains("Lora hashes: \"style: ")
        .contains("Lora weights: \"style: 0.5\"");
    assertThat(PngMetadata.read(picture).settings())
        .contains("\"model\":\"tiny\"")
        .contains("\"name\":\"style.safetensors\"")
        .contains("\"vae\":\"vae\"");
  }

  @Test
  void aModelAndALoraBesideThePictureAreFound() throws Exception {
    Path model = Tcd4j.tinyCopy(folder.resolve("model"));
    Path lora = style("mine");
    Path picture =
        Tcd4j.run("generate", "red apple", "-m", model, "-l", lora, "-o", folder).paths().get(0);
    Files.move(lora, folder.resolve("style.safetensors"));

    Tcd4j run = Tcd4j.run("replay", picture, "-o", folder.resolve("again"));

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).contains("the same bytes as " + picture);
  }

  @Test
  void aLoraIsFoundAmongTheModelsOwnInTheFolderOfLorasOrWhereTheUserSays() throws Exception {
    Path lora = style("mine");
    Path picture = generate("-l", lora + ":0.5").get(0);
    Tcd4j missing = Tcd4j.run("replay", picture, "-m", Tcd4j.tiny());
    assertThat(missing.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(missing.sentence())
        .isEqualTo(
            picture
                + " was generated with the LoRA style.safetensors, which is not in the working"
                + " folder, among the model's own LoRAs or next to the picture; -l FILE:0.5 names"
                + " it, --lora-folder DIR says where to look");

    Path model = Tcd4j.tinyCopy(folder.resolve("tiny"));
    List<List<Object>> ways =
        List.of(
            List.of("-l", lora + ":0.5"),
            List.of("--lora-folder", lora.getParent()),
            List.of("-m", model));
    Files.copy(lora, model.resolve("loras/style.safetensors"));
    for (List<Object> way : ways) {
      List<Object> arguments =
          new ArrayList<>(List.of("replay", picture, "-o", folder.resolve("again")));
      arguments.addAll(way.contains("-m") ? List.of() : List.of("-m", Tcd4j.tiny()));
      arguments.addAll(way);
      Tcd4j run = Tcd4j.run(arguments.toArray());
      assertThat(run.err()).as("%s", way).contains("the same bytes as " + picture);
    }
  }

  @Test
  void anotherFileOfTheLorasNameIsNoted() throws Exception {
    Path lora = style("mine");
    Path picture = generate("-l", lora).get(0);
    Files.delete(lora);
    Path other = folder.resolve("style.safetensors");
    try (Scope scope = Scope.inference();
        SafeTensors file = SafeTensors.open(Tcd4j.tiny().resolve("loras/tcd.safetensors"))) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      file.names().forEach(n -> tensors.put(n, file.get(n).times(2)));
      SafeTensorsWriter.write(other, tensors, file.metadata());
    }

    Tcd4j run = Tcd4j.run("replay", picture, "-m", Tcd4j.tiny(), "-o", folder.resolve("again"));

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).contains("note: the LoRA style.safetensors: ").contains(", was ");
  }

  @Test
  void aPictureOfAnOldVersionWithPathsIsGeneratedAgain() throws Exception {
    Path lora = style("mine");
    Path picture = generate("-l", lora).get(0);
    String json = PngMetadata.read(picture).settings();
    for (String model : List.of(Tcd4j.tiny().toString(), "D:\\\\models\\\\tiny")) {
      Path old = folder.resolve("old-" + model.length() + ".png");
      String paths =
          json.replace("\"model\":\"tiny\"", "\"model\":\"" + model + "\"")
              .replace("\"name\":\"style.safetensors\"", "\"name\":\"" + lora + "\"");
      Image image = new Image(16, 16, new byte[16 * 16 * 3]);
      PngWriter.write(old, image, Map.of(PngMetadata.TCD4J, paths));
      Object[] named = model.startsWith("D:") ? new Object[] {"-m", Tcd4j.tiny()} : new Object[0];
      List<Object> arguments = new ArrayList<>(List.of("replay", old, "-o", folder));
      arguments.addAll(List.of(named));

      Tcd4j run = Tcd4j.run(arguments.toArray());

      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(Files.mismatch(picture, run.paths().get(0))).isEqualTo(-1);
    }
  }

  @Test
  void aModelThatIsNowhereIsOneSentence() {
    Path picture = generate().get(0);
    assertThat(Tcd4j.run("replay", picture).sentence())
        .isEqualTo(
            picture
                + " was generated with the model tiny, which is not in the working folder or next"
                + " to the picture; -m PATH names it");
  }

  @Test
  void whatWouldDoNothingIsRefused() {
    Path picture = generate().get(0);

    Tcd4j batch = Tcd4j.run("replay", picture, "-m", Tcd4j.tiny(), "--batch", 2);
    assertThat(batch.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(batch.err()).contains("--batch has no effect here");
    Tcd4j negative = Tcd4j.run("replay", picture, "-m", Tcd4j.tiny(), "-n", "<lora:tcd:1>");
    assertThat(negative.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(negative.err()).contains("a LoRA belongs into the prompt");
  }

  @Test
  void aLoraThatTheNewPromptNamesHasItsWeightAlone() {
    Path picture = generate().get(0);

    Tcd4j run =
        Tcd4j.run(
            "replay",
            picture,
            "-m",
            Tcd4j.tiny(),
            "--prompt",
            "green <lora:tcd:0.5>",
            "-o",
            folder);

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).contains("+ LoRA tcd x 0.5, ").doesNotContain("LoRA tcd +");
  }

  @Test
  void picturesOfSeveralBatchesAreReproducedToTheByteToo() throws Exception {
    List<Path> pictures =
        generate("--count", 3, "--batch", 2, "--sampler", "ddim", "--guidance", 4, "--steps", 2);

    Tcd4j run =
        Tcd4j.run("replay", pictures.get(2), "-m", Tcd4j.tiny(), "-o", folder.resolve("again"));

    assertThat(run.err()).contains("the same bytes as " + pictures.get(2));
  }

  @Test
  void aChangeGeneratesAnotherPictureThatCarriesIt() throws Exception {
    Path picture = generate().get(0);

    Path other =
        Tcd4j.run("replay", picture, "-m", Tcd4j.tiny(), "--gamma", 1, "-o", folder).paths().get(0);

    assertThat(Files.mismatch(picture, other)).isNotEqualTo(-1);
    assertThat(PngMetadata.read(other).settings()).contains("\"gamma\":1.0").contains("\"seed\":4");
  }

  @Test
  void aListOfGammasBecomesALabelledSheet() throws Exception {
    Path picture = generate().get(0);

    Tcd4j run =
        Tcd4j.run("replay", picture, "-m", Tcd4j.tiny(), "--gamma", "0,0.3,0.7,1", "-o", folder);

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

    Tcd4j two =
        Tcd4j.run(
            "replay",
            picture,
            "-m",
            Tcd4j.tiny(),
            "--gamma",
            "0,1",
            "--steps",
            "1,2,3",
            "-o",
            folder);
    Tcd4j three =
        Tcd4j.run(
            "replay",
            picture,
            "-m",
            Tcd4j.tiny(),
            "--gamma",
            "0,1",
            "--steps",
            "1,2",
            "--seed",
            "1,2");

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
        Tcd4j.run(
            "replay",
            picture,
            "-m",
            Tcd4j.tiny(),
            "--sampler",
            "tcd,lcm,ddim",
            "--steps",
            2,
            "-o",
            folder);

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

    Tcd4j run = Tcd4j.run("replay", picture, "-m", model, "-o", folder.resolve("b"));

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).contains("note: the model's weights");
  }
}
