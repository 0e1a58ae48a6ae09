package io.github.tcd4j.models.reward;

import io.github.tcd4j.models.blip.BlipConfig;
import io.github.tcd4j.models.blip.BlipModel;
import io.github.tcd4j.models.layers.NetworkFile;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;

/**
 * ImageReward v1.0 (Xu et al. 2023, arXiv 2304.05977): how well a picture fits a prompt, on a scale
 * with mean 0 and standard deviation 1 over the authors' pictures. Papers print it, or 100 times
 * it.
 *
 * <p>Expects pictures as torchvision prepares them: shorter side to 224 by Pillow's bicubic filter,
 * centre crop of 224 x 224 (margins rounded half to even), then RGB, / 255, CLIP's mean
 * (0.48145466, 0.4578275, 0.40821073) and standard deviation (0.26862954, 0.26130258, 0.27577711);
 * and prompts as {@link io.github.tcd4j.models.text.WordPieceTokenizer} with the vocabulary of
 * {@code bert-base-uncased} makes them, at most 35 tokens, without padding.
 */
public final class ImageReward {
  /** Most tokens of a prompt, the two special ones included. */
  public static final int MAX_TOKENS = 35;

  /** What the authors' pictures had before it was made 0 and 1. */
  private static final double MEAN = 0.16717362830052426;

  private static final double STD = 1.0333394966054072;

  private final BlipModel blip;
  private final ScoreHead head;

  private ImageReward(BlipModel blip, ScoreHead head) {
    this.blip = blip;
    this.head = head;
  }

  /** Of weights under the names of {@code ImageReward.pt}. */
  public static ImageReward of(Weights w, BlipConfig config) {
    return new ImageReward(
        BlipModel.of(w.at("blip"), config), ScoreHead.of(w.at("mlp"), config.text().width()));
  }

  /**
   * Reads {@code ImageReward.pt}, or a file of the same parts in other sizes; the parameters belong
   * to the scope that is open.
   *
   * @throws io.github.tcd4j.models.layers.WeightsException if it holds another network
   * @throws io.github.tcd4j.tensor.file.TensorFileException if it cannot be read
   */
  public static ImageReward open(Path file, Device device) {
    try (TensorFile tensors = TensorFile.open(file)) {
      return NetworkFile.build(
          file.toString(), "ImageReward", tensors, device, w -> of(w, BlipConfig.of(tensors)));
    }
  }

  /** Pictures (B, 3, 224, 224) to tokens (B, 197, 1024), for any number of prompts. */
  public Tensor encode(Tensor pixels) {
    try (Scope scope = Scope.inference()) {
      return scope.keep(blip.vision().forward(pixels));
    }
  }

  /**
   * Rewards (B) of pairs: prompt i with picture i.
   *
   * @param ids (B, L) int64, all of the same length, without padding
   * @param pictures (B, 197, 1024), what {@link #encode} gave
   */
  public Tensor rewards(Tensor ids, Tensor pictures) {
    try (Scope scope = Scope.inference()) {
      Tensor first = blip.text().forward(ids, pictures).select(1, 0);
      return scope.keep(head.forward(first).minus(MEAN).div(STD));
    }
  }
}
