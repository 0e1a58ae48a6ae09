package io.github.tcd4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {
  @TempDir Path folder;

  @Test
  void aPromptBecomesAPicture() throws Exception {
    Path png = folder.resolve("apple.png");
    Ex01TextToImage.main(new String[] {"../emoji", png.toString()});
    assertThat(ImageIO.read(png.toFile()).getWidth()).isEqualTo(64);
  }

  @Test
  void aSweepBecomesASheet() throws Exception {
    Path png = folder.resolve("gamma.png");
    Ex02GammaSweep.main(new String[] {"../emoji", png.toString()});
    assertThat(ImageIO.read(png.toFile()).getWidth()).isGreaterThan(4 * 64);
  }

  @Test
  void aTeacherBecomesALora() throws Exception {
    Path run = folder.resolve("run");
    Ex03DistillLora.main(new String[] {"..", run.toString(), "steps=4", "probe_every=0"});
    try (SafeTensors lora = SafeTensors.open(run.resolve("final/tcd.safetensors"))) {
      assertThat(lora.metadata()).containsEntry("tcd4j.method", "tcd");
      assertThat(lora.names()).hasSize(3 * 129);
    }
  }

  @Test
  void aSamplerOfOnesOwnMakesAPicture() throws Exception {
    Path png = folder.resolve("custom.png");
    Ex04CustomSampler.main(new String[] {"../emoji", png.toString()});
    assertThat(PngMetadata.read(png).settings()).contains("\"sampler\":\"custom\"");
    assertThat(ImageIO.read(png.toFile()).getWidth()).isEqualTo(64);
  }

  @Test
  void aHookSeesEveryStep() throws Exception {
    Path png = folder.resolve("hook.png");
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      Ex05StepHook.main(new String[] {"../emoji", png.toString()});
    } finally {
      System.setOut(out);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8).lines()).hasSize(4);
    assertThat(PngMetadata.read(png).settings()).contains("\"hooked\":true");
  }

  @Test
  void aLoraHasOneWeightAfterAnother() throws Exception {
    Ex06LoraWeight.main(new String[] {"../emoji", folder.toString()});
    assertThat(folder.resolve("weight-1.0.png")).exists();
    assertThat(folder.resolve("weight-0.5.png")).exists();
    assertThat(Files.mismatch(folder.resolve("weight-0.0.png"), folder.resolve("weight-1.0.png")))
        .isNotEqualTo(-1);
  }
}
