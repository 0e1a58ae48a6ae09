package io.github.tcd4j.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Pictures that version 0.1.0 wrote before its packages were laid out anew: one of each kind of
 * sampler, with weights in the prompt, LoRAs, guidance, and of each family of models. On the
 * machine that wrote them they are repeated bit by bit; another processor may add up in another
 * order.
 */
class OldPicturesTest {
  private static final String FIXTURES = "../pipeline/src/test/resources/";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "consistency,",
    "ctm,",
    "ddim,",
    "dpm2s,",
    "dpmpp-2m-karras,",
    "euler-ancestral,",
    "heun-karras,",
    "lcm,",
    "sde-dpmpp-2m,",
    "tcd,",
    "tcd-2m,",
    "tcd-2s,",
    "tcd-gamma-list,",
    "sd1-folder, fidelity/sd1",
    "sdxl-folder, fidelity/sdxl",
    "lcm-folder, fidelity/lcm",
    "tiny-tcd, tiny"
  })
  void areReplayedToTheSamePixels(String name, String model) throws Exception {
    Path old = Path.of("src/test/resources/old-pictures", name + ".png");
    String path = model == null ? "../emoji" : FIXTURES + model;

    Tcd4j run = Tcd4j.run("replay", old, "-m", path, "-o", folder);

    assertThat(run.exitCode()).as(run.err()).isZero();
    int[] before = pixels(old);
    int[] now = pixels(run.paths().get(0));
    assertThat(now).hasSameSizeAs(before);
    int differing = 0;
    for (int i = 0; i < now.length; i++) {
      int difference = Math.abs(now[i] - before[i]);
      assertThat(difference).as("value %d", i).isLessThanOrEqualTo(1);
      differing += difference;
    }
    assertThat(differing).isLessThan(now.length / 100);
  }

  private static int[] pixels(Path png) throws Exception {
    BufferedImage image = ImageIO.read(png.toFile());
    return image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
  }
}
