package io.github.tcd4j.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.cli.console.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("sets the folder of the installation")
class DoctorCommandTest {
  @TempDir Path home;
  private String before = "";

  @BeforeEach
  void moveHome() {
    before = System.getProperty("tcd4j.home", "");
    System.setProperty("tcd4j.home", home.toString());
  }

  @AfterEach
  void moveBack() {
    if (before.isEmpty()) {
      System.clearProperty("tcd4j.home");
    } else {
      System.setProperty("tcd4j.home", before);
    }
  }

  @Test
  void aMachineThatWorksIsWell() throws Exception {
    Tcd4j.tinyCopy(home.resolve("emoji"));

    Tcd4j run = Tcd4j.run("doctor");

    assertThat(run.out())
        .contains("Java", "platform", "memory", "library cache", "libtorch", "BLAS", "processor")
        .contains("GFLOP/s")
        .containsPattern("embedded model .*emoji, loads and generates in")
        .endsWith("no problems found\n");
    assertThat(run.exitCode()).isZero();
  }

  @Test
  void whatAModelNeedsIsToldBeforeItIsRead() throws Exception {
    Path model = Tcd4j.tinyCopy(home.resolve("model"));

    Tcd4j run = Tcd4j.run("doctor", model, "--size", "256x128");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .containsPattern("unet +\\d+ million parameters, \\d+ MiB in f16")
        .contains("text_encoder", "vae", "a picture of 256x128 needs about")
        .containsPattern("--dtype bf16 +\\d+ MiB, with guidance +\\d+ MiB");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void anotherAutoencoderAndItsTilesAreCounted() throws Exception {
    Path model = Tcd4j.tinyCopy(home.resolve("model"));
    Path vae = home.resolve("vae");
    Files.move(model.resolve("vae"), vae);
    Path config = vae.resolve("config.json");
    String wide = "\"block_out_channels\": [512, 512]";
    Files.writeString(
        config, Files.readString(config).replaceFirst("\"block_out_channels\": \\[[^]]*]", wide));

    assertThat(Tcd4j.run("doctor", model).exitCode()).isEqualTo(ExitCode.FAILED);
    Tcd4j whole = Tcd4j.run("doctor", model, "--vae", vae, "--size", "4096x4096");
    Tcd4j tiles = Tcd4j.run("doctor", model, "--vae", vae, "--size", "4096x4096", "--vae-tiling");

    assertThat(whole.exitCode()).isZero();
    assertThat(whole.out()).contains("vae  ").doesNotContain("in tiles");
    assertThat(tiles.out())
        .contains("needs about, with networks read one after another, the autoencoder in tiles:");
    assertThat(f32(tiles)).isLessThan(f32(whole));
  }

  private static double f32(Tcd4j run) {
    Matcher found = Pattern.compile("--dtype f32 +([0-9.]+) (MiB|GiB)").matcher(run.out());
    assertThat(found.find()).isTrue();
    return Double.parseDouble(found.group(1)) * (found.group(2).equals("GiB") ? 1024 : 1);
  }

  @Test
  void aModelThatIsNotThereHasNoNeeds() {
    Tcd4j run = Tcd4j.run("doctor", home.resolve("nowhere"));

    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains("nowhere does not exist");
  }

  @Test
  void aMissingModelIsNamedWithItsCure() {
    Tcd4j run = Tcd4j.run("doctor");

    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(run.out())
        .contains("FAIL  embedded model")
        .contains("-> restore the folder emoji")
        .endsWith("1 problem found\n");
  }

  @Test
  void aDamagedModelIsNotWell() throws Exception {
    Path model = Tcd4j.tinyCopy(home.resolve("emoji"));
    Files.write(model.resolve("unet/diffusion_pytorch_model.safetensors"), new byte[100]);

    assertThat(Tcd4j.run("doctor").exitCode()).isEqualTo(ExitCode.FAILED);
  }
}
