package io.github.tcd4j.training.adapter;

import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorHash;
import io.github.tcd4j.training.dataset.ImageDataset;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;

/**
 * The posteriors of all pictures of a data set, encoded once.
 *
 * @param all as many rows as pictures
 */
record Posteriors(ScaledPosterior all) {
  /** Most pixels that are encoded together. */
  private static final int AREA = 512 * 512;

  /** From the cache where they are there; they belong to the open scope. */
  static Posteriors of(ImageDataset corpus, BaseModel base, TrainingEnvironment places)
      throws IOException {
    Sha256 sha = new Sha256().add(base.autoencoder().config().toJson());
    TensorHash.add(sha, base.autoencoderWeights());
    corpus.addPixelsTo(sha);
    Map<String, Tensor> saved =
        places.cache().get("posteriors", sha.hex(), () -> encode(corpus, base, places.check()));
    return new Posteriors(
        new ScaledPosterior(
            Objects.requireNonNull(saved.get("mean")).to(places.device()),
            Objects.requireNonNull(saved.get("std")).to(places.device())));
  }

  private static Map<String, Tensor> encode(ImageDataset corpus, BaseModel base, Runnable check) {
    try (Scope scope = Scope.inference()) {
      int pixels = Math.toIntExact(corpus.pictures(new int[] {0}).numel() / 3);
      int together = Math.max(1, AREA / pixels);
      int parts = (corpus.size() + together - 1) / together;
      Tensor[] means = new Tensor[parts];
      Tensor[] stds = new Tensor[parts];
      for (int i = 0; i < parts; i++) {
        check.run();
        int to = Math.min(corpus.size(), (i + 1) * together);
        try (Scope part = Scope.inference()) {
          Tensor x = corpus.pictures(ImageDataset.range(i * together, to));
          ScaledPosterior posterior = ScaledPosterior.encode(base.autoencoder(), x);
          means[i] = part.keep(posterior.mean());
          stds[i] = part.keep(posterior.std());
        }
      }
      return Map.of(
          "mean", scope.keep(Tensor.cat(0, means)), "std", scope.keep(Tensor.cat(0, stds)));
    }
  }

  ScaledPosterior rows(int[] rows) {
    return all.rows(ImageDataset.indices(rows).to(all.mean().device()));
  }
}
