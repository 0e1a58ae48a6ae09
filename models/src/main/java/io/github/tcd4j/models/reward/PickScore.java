package io.github.tcd4j.models.reward;

import io.github.tcd4j.models.clip.ClipModel;
import io.github.tcd4j.models.files.ClipFile;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;

/**
 * PickScore v1 (Kirstain et al. 2023, arXiv 2305.01569): a CLIP ViT-H/14 trained on which of two
 * pictures people picked. The score is exp(logit_scale), which the file has and which is about 100,
 * times the cosine: about 20.
 *
 * <p>Expects pictures as transformers' CLIP processor of 2023 prepares them: shorter side to 224 by
 * Pillow's bicubic filter, centre crop of 224 x 224 (margins rounded down), / 255, CLIP's mean and
 * standard deviation; and prompts by transformers' tokenizer ({@link
 * io.github.tcd4j.models.clip.ClipTokenizer#ofClip}), which unlike OpenCLIP's leaves typographic
 * quotes and HTML entities as they are.
 *
 * @param clip the network
 */
public record PickScore(ClipModel clip) {
  /**
   * Reads the folder {@code PickScore_v1}; the parameters belong to the scope that is open.
   *
   * @see ClipFile#open
   */
  public static PickScore open(Path folder, Device device) {
    return new PickScore(ClipFile.open(folder, device));
  }

  /** Scores (B) of pairs of features (B, P), which need not be scaled. */
  public Tensor scores(Tensor texts, Tensor pictures) {
    try (Scope scope = Scope.inference()) {
      return scope.keep(clip.cosines(texts, pictures).times(clip.logitScale().exp()));
    }
  }
}
