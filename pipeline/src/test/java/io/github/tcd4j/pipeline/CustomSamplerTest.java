package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.sampler.consistency.TcdSampler;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.pipeline.metadata.A1111Parameters;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a program may bring along: a sampler, a hook; and what it may take away: bytes, pixels. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CustomSamplerTest {
  @TempDir Path folder;

  private TextToImage model;

  @BeforeAll
  void load() {
    model = TextToImage.load(Tiny.path());
  }

  @AfterAll
  void free() {
    model.close();
  }

  private static Request.Builder apple() {
    return Request.builder(Tiny.PROMPT).seed(9).threads(1);
  }

  private Picture picture(Request.Builder request) {
    return model.generate(request.build()).get(0);
  }

  @Test
  void aCustomSamplerUsesTheGridOfTheUsualOne() {
    Picture own = picture(apple().steps(3).sampler(new TcdSampler(0.3)));
    Picture named = picture(apple().steps(3).sampler("tcd").gamma(0.3));

    assertThat(own.image().rgb()).isEqualTo(named.image().rgb());
    assertThat(own.settings().sampler()).isEqualTo("custom");
    assertThat(A1111Parameters.of(own.settings())).contains("Steps: 3, Sampler: Custom, CFG");
  }

  @Test
  void aNameTakesThePlaceOfASamplerOfOnesOwn() {
    Request named = apple().sampler(new TcdSampler(0.3)).sampler("ddim").build();

    assertThat(named).isEqualTo(apple().sampler("ddim").build());
  }

  @Test
  void knobsOfNamedSamplersAreRefusedWithACustomSampler() {
    assertThatThrownBy(() -> apple().gamma(0.5).sampler(new TcdSampler(0.3)).build())
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith("gamma and eta are settings of the named samplers");
    assertThatThrownBy(() -> apple().sampler("custom").build())
        .hasMessageStartingWith("sampler must be one of tcd");
  }

  @Test
  void aHookSeesEveryStepAndMayChangeTheLatents() {
    List<Double> ends = new ArrayList<>();
    StepHook half =
        (node, next, x, x0) -> {
          ends.add(next.time());
          assertThat(x0.get().shape()).isEqualTo(x.shape());
          return x.times(0.5);
        };
    Picture plain = picture(apple().steps(3));
    Picture hooked = picture(apple().steps(3).hook(half));

    assertThat(ends).hasSize(3).last().isEqualTo(0.0);
    assertThat(hooked.image().rgb()).isNotEqualTo(plain.image().rgb());
    assertThat(hooked.settings().sampling().hooked()).isTrue();
    assertThat(plain.settings().sampling().hooked()).isFalse();
  }

  @Test
  void aHookCancels() {
    StepHook cancel =
        (node, next, x, x0) -> {
          throw new CancellationException("enough");
        };
    assertThatThrownBy(() -> picture(apple().hook(cancel)))
        .isInstanceOf(CancellationException.class);
  }

  @Test
  void aLoraIsAFileAndAWeight() {
    Path file = Tiny.path().resolve("loras/tcd.safetensors");
    Picture own = picture(apple().lora("tcd", 0.8));
    Picture filed = picture(apple().lora(file, 0.8));

    assertThat(filed.image().rgb()).isEqualTo(own.image().rgb());
    assertThat(apple().lora("tcd", 1).lora(file, 2).build().loras()).hasSize(2);
  }

  @Test
  void aPictureIsBytesPixelsOrAFile() throws IOException {
    Picture picture = picture(apple().steps(1));
    Path file = folder.resolve("a.png");
    picture.write(file);

    assertThat(picture.toPng()).isEqualTo(Files.readAllBytes(file));
    assertThat(PngMetadata.read(file).settings()).contains("\"model\":\"tiny\"");
    var read = ImageIO.read(new ByteArrayInputStream(picture.toPng()));
    var pixels = picture.toBufferedImage();
    int x = pixels.getWidth() - 1;
    assertThat(pixels.getRGB(x, 0)).isEqualTo(read.getRGB(x, 0));
    assertThat(pixels.getRGB(0, 1)).isEqualTo(read.getRGB(0, 1));
  }
}
