package io.github.tcd4j.training.adapter;

import io.github.tcd4j.diffusion.objective.ConditionDropout;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.models.ipadapter.ImageFeatures;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorHash;
import io.github.tcd4j.training.dataset.ImageDataset;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the encoder makes of the training pictures: embeddings, which are computed once where the
 * data have an end, or hidden states, which are too large to keep and are computed for each batch.
 *
 * @param hidden whether hidden states are read, not embeddings
 * @param nothing what stands for no picture, one row
 * @param embeddings of all pictures (N, P); null where they are computed batch by batch
 */
record PicturePrompts(
    ImageDataset corpus,
    PictureEncoder encoder,
    boolean hidden,
    ImageFeatures nothing,
    @Nullable Tensor embeddings) {
  /** Pictures that are decoded together. */
  private static final int PORTION = 256;

  static PicturePrompts of(
      ImageDataset corpus, PictureEncoder encoder, boolean hidden, TrainingEnvironment places)
      throws IOException {
    ImageFeatures nothing;
    try (Scope scope = Scope.inference()) {
      ImageFeatures none = encoder.network().nothing();
      nothing = new ImageFeatures(scope.keep(none.embedding()), scope.keep(none.hidden()));
    }
    if (hidden || corpus.isEndless()) {
      return new PicturePrompts(corpus, encoder, hidden, nothing, null);
    }
    Sha256 sha = new Sha256().add(encoder.config().toJson().toString());
    TensorHash.add(sha, encoder.weights());
    corpus.addPixelsTo(sha);
    Map<String, Tensor> saved =
        places
            .cache()
            .get(
                "embeddings",
                sha.hex(),
                () -> Map.of("embeddings", all(corpus, encoder, places.check())));
    Tensor embeddings = Objects.requireNonNull(saved.get("embeddings")).to(places.device());
    return new PicturePrompts(corpus, encoder, false, nothing, embeddings);
  }

  private static Tensor all(ImageDataset corpus, PictureEncoder encoder, Runnable check) {
    int parts = (corpus.size() + PORTION - 1) / PORTION;
    Tensor[] embeddings = new Tensor[parts];
    try (Scope scope = Scope.inference()) {
      for (int i = 0; i < parts; i++) {
        check.run();
        int to = Math.min(corpus.size(), (i + 1) * PORTION);
        int[] rows = ImageDataset.range(i * PORTION, to);
        embeddings[i] = encoder.features(corpus.originals(rows)).embedding();
      }
      return scope.keep(Tensor.cat(0, embeddings));
    }
  }

  /** The features of {@code rows}, each replaced by that of no picture at a rate. */
  ImageFeatures features(int[] rows, double dropout, RandomSource random) {
    ImageFeatures own = embeddings == null ? encoder.features(corpus.originals(rows)) : kept(rows);
    if (dropout == 0) {
      return own;
    }
    Tensor dropped = new ConditionDropout(dropout).draw(rows.length, random).to(encoder.device());
    return new ImageFeatures(
        dropped.reshape(-1, 1).where(nothing.embedding(), own.embedding()),
        hidden ? dropped.where(nothing.hidden(), own.hidden()) : own.hidden());
  }

  /** The hidden states are never read then: the grey picture's stand in their place. */
  private ImageFeatures kept(int[] rows) {
    Tensor all = Objects.requireNonNull(embeddings);
    Tensor indices = ImageDataset.indices(rows).to(all.device());
    return new ImageFeatures(all.indexSelect(0, indices), nothing.hidden());
  }
}
