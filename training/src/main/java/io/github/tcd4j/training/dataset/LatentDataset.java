package io.github.tcd4j.training.dataset;

import io.github.tcd4j.data.EpochOrder;
import io.github.tcd4j.diffusion.objective.ConditionDropout;
import io.github.tcd4j.models.clip.ClipTextModel;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.Posterior;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A corpus as the diffusion sees it: the latents of every picture and the text tokens of every
 * caption, encoded once.
 *
 * @param mean of the latents' posterior, scaled, (N, C, H, W)
 * @param std of the same, scaled
 * @param tokens of the captions (N, L, D)
 * @param empty tokens of the empty caption (1, L, D)
 */
public record LatentDataset(Tensor mean, Tensor std, Tensor tokens, Tensor empty)
    implements LatentSource {
  private static final int BATCH = 64;

  public static LatentDataset of(Map<String, Tensor> saved, Device device) {
    return new LatentDataset(
        get(saved, "mean").to(device),
        get(saved, "std").to(device),
        get(saved, "tokens").to(device),
        get(saved, "empty").to(device));
  }

  private static Tensor get(Map<String, Tensor> saved, String name) {
    return Objects.requireNonNull(saved.get(name), name);
  }

  public Map<String, Tensor> toMap() {
    return Map.of("mean", mean, "std", std, "tokens", tokens, "empty", empty);
  }

  /**
   * Encodes all; the tensors belong to the open scope.
   *
   * @param check called before each batch; ends it by an exception
   */
  public static LatentDataset encode(
      ImageDataset corpus,
      AutoencoderKL vae,
      ClipTextModel text,
      ClipTokenizer tokenizer,
      Runnable check) {
    try (Scope scope = Scope.inference()) {
      int parts = (corpus.size() + BATCH - 1) / BATCH;
      Tensor[] means = new Tensor[parts];
      Tensor[] stds = new Tensor[parts];
      Tensor[] tokens = new Tensor[parts];
      double scale = vae.config().scalingFactor();
      for (int i = 0; i < parts; i++) {
        check.run();
        int[] rows = ImageDataset.range(i * BATCH, Math.min(corpus.size(), (i + 1) * BATCH));
        try (Scope part = Scope.inference()) {
          Posterior posterior = vae.encode(corpus.pictures(rows));
          means[i] = part.keep(posterior.mean().times(scale).contiguous());
          stds[i] = part.keep(posterior.logVariance().times(0.5).exp().times(scale).contiguous());
          tokens[i] = part.keep(encode(corpus.captions(rows), text, tokenizer, corpus.device()));
        }
      }
      return new LatentDataset(
          scope.keep(Tensor.cat(0, means)),
          scope.keep(Tensor.cat(0, stds)),
          scope.keep(Tensor.cat(0, tokens)),
          scope.keep(encode(List.of(""), text, tokenizer, corpus.device())));
    }
  }

  public static Tensor encode(
      List<String> captions, ClipTextModel text, ClipTokenizer tokenizer, Device device) {
    return text.forward(tokenizer.encode(captions).to(device), Adapters.NONE).last();
  }

  @Override
  public int size() {
    return Math.toIntExact(mean.size(0));
  }

  @Override
  public EpochOrder order(long seed) {
    return new EpochOrder(seed, size());
  }

  @Override
  public Tensor latents(int[] rows, RandomSource random) {
    Tensor indices = ImageDataset.indices(rows).to(mean.device());
    Tensor m = mean.indexSelect(0, indices);
    Tensor noise = random.normal(m.shape()).to(m.device());
    return m.plus(std.indexSelect(0, indices).times(noise)).channelsLast();
  }

  @Override
  public Tensor tokens(int[] rows, double dropout, RandomSource random) {
    Tensor own = tokens.indexSelect(0, ImageDataset.indices(rows).to(tokens.device()));
    return dropped(own, empty, dropout, random);
  }

  /** Tokens (B, L, D), each row replaced by the empty caption's at rate dropout. */
  static Tensor dropped(Tensor own, Tensor empty, double dropout, RandomSource random) {
    if (dropout == 0) {
      return own;
    }
    Tensor dropped =
        new ConditionDropout(dropout).draw(Math.toIntExact(own.size(0)), random).to(own.device());
    return dropped.where(empty.expand(own.shape()), own);
  }
}
