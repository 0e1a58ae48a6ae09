package io.github.tcd4j.models.reward;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.NetworkFile;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * LAION's aesthetic predictors: a head over the image features of OpenAI's CLIP ViT-L/14, scaled to
 * length 1, that gives a mark from about 1 to 10. Read are version 2, {@code
 * sac+logos+ava1-l14-linearMSE.pth} and its kin with and without ReLU, and version 1, {@code
 * sa_0_4_vit_l_14_linear.pth}, one linear layer.
 *
 * <p>Expects what {@link io.github.tcd4j.models.clip.ClipModel#imageFeatures} makes of a picture,
 * scaled or not.
 */
public final class AestheticPredictor {
  /** Length of the features. */
  public static final int FEATURES = 768;

  private final UnaryOperator<Tensor> head;

  private AestheticPredictor(UnaryOperator<Tensor> head) {
    this.head = head;
  }

  /** Of weights under the names of either version. */
  public static AestheticPredictor of(Weights w) {
    if (w.has("weight")) {
      Linear linear = Linear.of(w, FEATURES, 1);
      return new AestheticPredictor(x -> linear.forward(x, Adapters.NONE).reshape(-1));
    }
    return new AestheticPredictor(ScoreHead.of(w, FEATURES)::forward);
  }

  /**
   * Reads a published file; the parameters belong to the scope that is open.
   *
   * @throws io.github.tcd4j.models.layers.WeightsException if it holds another network
   * @throws io.github.tcd4j.tensor.file.TensorFileException if it cannot be read
   */
  public static AestheticPredictor open(Path file, Device device) {
    try (TensorFile tensors = TensorFile.open(file)) {
      return NetworkFile.build(
          file.toString(),
          "an aesthetic predictor over CLIP ViT-L/14",
          tensors,
          device,
          AestheticPredictor::of);
    }
  }

  /** Image features (B, 768) to marks (B). */
  public Tensor scores(Tensor imageFeatures) {
    try (Scope scope = Scope.inference()) {
      return scope.keep(head.apply(Functional.normalize(imageFeatures, 1)));
    }
  }
}
