package io.github.tcd4j.models.vae;

import static io.github.tcd4j.models.Fixture.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.models.Fixture;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class TilingTest {
  private static SafeTensors expected() {
    try {
      var url = Objects.requireNonNull(TilingTest.class.getResource("/vae/sd-tiled.safetensors"));
      return SafeTensors.open(Path.of(url.toURI()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static AutoencoderKL vae(Fixture f) {
    return AutoencoderKL.of(Weights.of(f.weights()), AutoencoderKLConfig.of(f.config()));
  }

  @Test
  void largePicturesInTilesAreThoseOfDiffusers() {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("vae/sd");
        SafeTensors expected = expected()) {
      AutoencoderKL tiled = vae(f).tiled();

      Tensor out = tiled.decode(expected.get("z"));
      Posterior posterior = tiled.encode(expected.get("x"));

      assertClose("pixels", out, expected.get("out"), 1e-5);
      assertClose("mean", posterior.mean(), expected.get("mean"), 1e-5);
      assertClose("log variance", posterior.logVariance(), expected.get("log_variance"), 1e-5);
    }
  }

  @Test
  void tilesAreNotTheWholeButWhatFitsIntoOneIs() {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("vae/sd");
        SafeTensors expected = expected()) {
      AutoencoderKL whole = vae(f);
      Tensor z = expected.get("z");
      Tensor small = z.narrow(2, 0, 4).narrow(3, 0, 4);

      assertThat(whole.tiled().decode(small).sameAs(whole.decode(small))).isTrue();
      assertThat(whole.tiled().decode(z).minus(whole.decode(z)).abs().max().item())
          .isGreaterThan(1e-3);
    }
  }

  @Test
  void blendingIsLinearFromOneTileToTheNext() {
    try (Scope scope = Scope.inference()) {
      Tiling tiling = new Tiling(4, 3, 2, 2);
      double[] next = {0};
      // Each tile is a constant: 0, 1, 2.
      Tensor joined =
          tiling.through(
              Tensor.zeros(DType.F32, 1, 1, 4, 9),
              part -> Tensor.full(next[0]++, DType.F32, 1, 1, 4, part.size(3)));

      float[] row = joined.narrow(2, 0, 1).toFloatArray();
      assertThat(row).startsWith(0, 0, 0, 0.5f, 1, 1.5f);
    }
  }
}
