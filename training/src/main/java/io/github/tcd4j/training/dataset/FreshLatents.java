package io.github.tcd4j.training.dataset;

import io.github.tcd4j.data.EpochOrder;
import io.github.tcd4j.diffusion.objective.ConditionDropout;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.function.Function;

/**
 * Latents and conditioning of an endless data set. No image is seen twice, so each batch is encoded
 * when it is needed, always in float32, and nothing is kept.
 *
 * @param captions gives the conditioning of the images with these numbers
 * @param empty that of the empty caption, one row
 */
public record FreshLatents(
    ImageDataset corpus,
    AutoencoderKL vae,
    Function<int[], Conditioning> captions,
    Conditioning empty)
    implements LatentSource {
  @Override
  public int size() {
    return corpus.size();
  }

  @Override
  public EpochOrder order(long seed) {
    return corpus.order(seed);
  }

  @Override
  public Tensor latents(int[] rows, RandomSource random) {
    try (Scope scope = Scope.inference();
        Autograd.FullPrecision precision = Autograd.fullPrecision()) {
      double scale = vae.config().scalingFactor();
      return scope.keep(
          vae.encode(corpus.pictures(rows)).sample(random).times(scale).channelsLast());
    }
  }

  @Override
  public Conditioning conditioning(int[] rows, double dropout, RandomSource random) {
    try (Scope scope = Scope.inference();
        Autograd.FullPrecision precision = Autograd.fullPrecision()) {
      Conditioning own = captions.apply(rows);
      if (dropout > 0) {
        Tensor dropped = new ConditionDropout(dropout).draw(rows.length, random);
        own = own.withTextWhere(dropped.to(own.tokens().device()), empty);
      }
      return own.keptBy(scope);
    }
  }
}
