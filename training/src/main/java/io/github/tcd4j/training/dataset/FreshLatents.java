package io.github.tcd4j.training.dataset;

import io.github.tcd4j.data.EpochOrder;
import io.github.tcd4j.models.clip.ClipTextModel;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;

/**
 * Latents and text tokens of an endless data set. None is looked at twice, so each batch is encoded
 * when it is asked for, always in float32, and nothing is kept.
 */
public final class FreshLatents implements LatentSource {
  private final ImageDataset corpus;
  private final AutoencoderKL vae;
  private final ClipTextModel text;
  private final ClipTokenizer tokenizer;
  private final Tensor empty;

  /** The tokens of the empty caption belong to the open scope. */
  public FreshLatents(
      ImageDataset corpus, AutoencoderKL vae, ClipTextModel text, ClipTokenizer tokenizer) {
    this.corpus = corpus;
    this.vae = vae;
    this.text = text;
    this.tokenizer = tokenizer;
    try (Scope scope = Scope.inference()) {
      empty = scope.keep(LatentDataset.encode(List.of(""), text, tokenizer, corpus.device()));
    }
  }

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
  public Tensor tokens(int[] rows, double dropout, RandomSource random) {
    try (Scope scope = Scope.inference();
        Autograd.FullPrecision precision = Autograd.fullPrecision()) {
      Tensor own = LatentDataset.encode(corpus.captions(rows), text, tokenizer, corpus.device());
      return scope.keep(LatentDataset.dropped(own, empty, dropout, random));
    }
  }

  @Override
  public Tensor empty() {
    return empty;
  }
}
