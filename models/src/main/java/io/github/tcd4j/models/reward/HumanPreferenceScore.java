package io.github.tcd4j.models.reward;

import io.github.tcd4j.models.clip.ClipModel;
import io.github.tcd4j.models.files.ClipFile;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;

/**
 * Human preference score v2 (Wu et al. 2023, arXiv 2306.09341): OpenCLIP's ViT-H/14 trained on
 * people's choices. The score is the cosine, about 0.28; tables print 100 times it. Values of
 * version 2.0 and 2.1 are not comparable.
 *
 * <p>Expects pictures as its package prepares them: RGB from 0 to 1 as float, then the longer side
 * to 224 by the bicubic filter (torchvision up to 0.16 without antialiasing, later with), not
 * rounded and not clamped, filled up with zeros to a square, CLIP's mean and standard deviation;
 * and prompts by OpenCLIP's tokenizer ({@link
 * io.github.tcd4j.models.clip.ClipTokenizer#ofOpenClip}).
 *
 * @param clip the network
 */
public record HumanPreferenceScore(ClipModel clip) {
  /**
   * Reads {@code HPS_v2.1_compressed.pt}; the parameters belong to the scope that is open.
   *
   * @see ClipFile#open
   */
  public static HumanPreferenceScore open(Path file, Device device) {
    return new HumanPreferenceScore(ClipFile.open(file, device));
  }

  /** Scores (B) of pairs of features (B, P), which need not be scaled. */
  public Tensor scores(Tensor texts, Tensor pictures) {
    return clip.cosines(texts, pictures);
  }
}
