package io.github.tcd4j.training.dataset;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.data.EpochOrder;
import io.github.tcd4j.diffusion.objective.ConditionDropout;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.Posterior;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * A corpus as the diffusion model reads it: the latents of every picture and the conditioning of
 * every caption, encoded once.
 *
 * @param mean of the latents' posterior, scaled, (N, C, H, W)
 * @param std of the same, scaled
 * @param captions N rows: text tokens, and for SDXL pooled text and time ids
 * @param empty one row of the empty caption, without time ids
 */
public record LatentDataset(Tensor mean, Tensor std, Conditioning captions, Conditioning empty)
    implements LatentSource {
  /** Most pictures that are encoded together. */
  private static final int BATCH = 64;

  /** Most pixels that are encoded together, unless one picture has more. */
  private static final int AREA = 512 * 512;

  public static LatentDataset of(Map<String, Tensor> saved, Device device) {
    Map<String, Tensor> there = new LinkedHashMap<>();
    saved.forEach((name, t) -> there.put(name, t.to(device)));
    return new LatentDataset(
        get(there, "mean"), get(there, "std"), rows(there, ""), rows(there, "empty_"));
  }

  private static Conditioning rows(Map<String, Tensor> saved, String prefix) {
    return new Conditioning(
        get(saved, prefix + "tokens"),
        saved.get(prefix + "pooled"),
        saved.get(prefix + "time_ids"),
        null,
        null);
  }

  private static Tensor get(Map<String, Tensor> saved, String name) {
    return Objects.requireNonNull(saved.get(name), name);
  }

  public Map<String, Tensor> toMap() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    all.put("mean", mean);
    all.put("std", std);
    put(all, "", captions);
    put(all, "empty_", empty);
    return all;
  }

  private static void put(Map<String, Tensor> all, String prefix, Conditioning rows) {
    all.put(prefix + "tokens", rows.tokens());
    if (rows.pooled() != null) {
      all.put(prefix + "pooled", rows.pooled());
    }
    if (rows.timeIds() != null) {
      all.put(prefix + "time_ids", rows.timeIds());
    }
  }

  /**
   * Encodes all; the tensors belong to the open scope.
   *
   * @param captions gives the conditioning of the pictures with these numbers
   * @param empty that of the empty caption, one row
   * @param check called before each batch; ends it by an exception
   */
  public static LatentDataset encode(
      ImageDataset corpus,
      AutoencoderKL vae,
      Function<int[], Conditioning> captions,
      Conditioning empty,
      Runnable check) {
    int size = corpus.size();
    int together = together(corpus);
    double scale = vae.config().scalingFactor();
    try (Scope scope = Scope.inference()) {
      int parts = (size + together - 1) / together;
      Tensor[] means = new Tensor[parts];
      Tensor[] stds = new Tensor[parts];
      Conditioning[] rows = new Conditioning[parts];
      for (int i = 0; i < parts; i++) {
        check.run();
        int[] some = ImageDataset.range(i * together, Math.min(size, (i + 1) * together));
        try (Scope part = Scope.inference()) {
          Posterior posterior = vae.encode(corpus.pictures(some));
          means[i] = part.keep(posterior.mean().times(scale).contiguous());
          stds[i] = part.keep(posterior.logVariance().times(0.5).exp().times(scale).contiguous());
          rows[i] = captions.apply(some).keptBy(part);
        }
      }
      return new LatentDataset(
          scope.keep(Tensor.cat(0, means)),
          scope.keep(Tensor.cat(0, stds)),
          Conditioning.cat(rows).keptBy(scope),
          empty);
    }
  }

  private static int together(ImageDataset corpus) {
    CaptionedImage first = corpus.data().get(0);
    return Math.max(1, Math.min(BATCH, AREA / (first.width() * first.height())));
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

  /** The conditioning of {@code rows}, the text of each replaced by the empty one at a rate. */
  @Override
  public Conditioning conditioning(int[] rows, double dropout, RandomSource random) {
    Conditioning own = captions.select(ImageDataset.indices(rows).to(captions.tokens().device()));
    if (dropout == 0) {
      return own;
    }
    Tensor dropped = new ConditionDropout(dropout).draw(rows.length, random);
    return own.withTextWhere(dropped.to(own.tokens().device()), empty);
  }
}
