package io.github.tcd4j.training.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.recipe.Recipes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Latents of a data set without end, of one colour an image. */
class FreshLatentsTest {
  private static final int[] ROWS = {7, 2, 9, 4, 11, 3};
  private final Scope scope = Scope.open();

  @AfterEach
  void free() {
    scope.close();
  }

  /** Image i is of the grey i. */
  private static final class Greys implements Dataset {
    @Override
    public int size() {
      return Integer.MAX_VALUE;
    }

    @Override
    public boolean isEndless() {
      return true;
    }

    @Override
    public CaptionedImage get(int i) {
      byte[] pixels = new byte[3 * 16 * 16];
      Arrays.fill(pixels, (byte) (20 * i));
      return new CaptionedImage("grey" + i, pixels, 16, 16, "grey " + i, Map.of());
    }
  }

  /** The tokens of caption r are all r, those of the empty one -1. */
  private FreshLatents corpus(AutoencoderKL vae) {
    return new FreshLatents(
        new ImageDataset(new Greys(), Device.CPU),
        vae,
        rows -> Conditioning.text(filled(IntStream.of(rows).asDoubleStream().toArray())),
        Conditioning.text(filled(-1)));
  }

  private static Tensor filled(double... values) {
    return Tensor.of(values)
        .to(DType.F32)
        .reshape(values.length, 1, 1)
        .expand(values.length, 5, 7)
        .contiguous();
  }

  private static AutoencoderKL vae() throws IOException {
    var settings =
        Recipes.read(Path.of("src/test/resources/recipes/autoencoder.yaml"), List.of()).settings();
    return AutoencoderKL.of(
        Weights.of(new InitializedWeights(3, Device.CPU)),
        AutoencoderKLConfig.of(settings.required("model")).withScalingFactor(0.25));
  }

  @Test
  void theCaptionsOfSomeRowsAreEmptyAtTheRateOfTheDropout() throws IOException {
    double[] u = new RandomSource(9).uniform(0, 1, ROWS.length, 1, 1).toDoubleArray();
    Tensor tokens = corpus(vae()).conditioning(ROWS, 0.4, new RandomSource(9)).tokens();
    double[] expected =
        IntStream.range(0, ROWS.length).mapToDouble(b -> u[b] < 0.4 ? -1 : ROWS[b]).toArray();
    assertThat(tokens.mean(false, 1, 2).toDoubleArray()).containsExactly(expected);
    assertThat(expected).contains(-1);
    assertThat(Arrays.stream(expected).filter(v -> v > 0).count()).isPositive();
  }

  @Test
  void withoutDropoutNothingIsDrawn() throws IOException {
    RandomSource random = new RandomSource(9);
    Tensor tokens = corpus(vae()).conditioning(ROWS, 0, random).tokens();
    assertThat(tokens.mean(false, 1, 2).toDoubleArray())
        .containsExactly(IntStream.of(ROWS).asDoubleStream().toArray());
    assertThat(random.normal(1).item()).isEqualTo(new RandomSource(9).normal(1).item());
  }

  @Test
  void latentsAreScaledDrawsOfThePosterior() throws IOException {
    AutoencoderKL vae = vae();
    FreshLatents corpus = corpus(vae);
    Tensor latents = corpus.latents(ROWS, new RandomSource(5));
    Tensor pictures = corpus.corpus().pictures(ROWS);
    assertThat(pictures.mean(false, 1, 2, 3).toDoubleArray()[0])
        .isCloseTo(140 / 127.5 - 1, within(1e-5));
    Tensor expected = vae.encode(pictures).sample(new RandomSource(5)).times(0.25);
    assertThat(latents.minus(expected).abs().max().item()).isLessThan(1e-6);
    assertThat(corpus.size()).isEqualTo(Integer.MAX_VALUE);
  }
}
