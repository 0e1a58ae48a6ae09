package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.network.PictureRows;
import io.github.tcd4j.evaluation.picture.CaptionFile;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a measure gets.
 *
 * @param network the identity of its network
 * @param pictures what the network made of the pictures
 * @param texts what it made of their captions, one row a picture; null if the measure needs none
 * @param captionSource names what the captions are from in protocols; empty for nothing
 * @param reference what they are compared with; null if the measure needs none
 * @param bootstrap for intervals
 */
public record Sample(
    String network,
    PictureRows pictures,
    @Nullable Tensor texts,
    String captionSource,
    @Nullable ReferenceSet reference,
    Bootstrap bootstrap) {
  /** How many pictures there are. */
  public int count() {
    return pictures.pictures().size();
  }

  /** The reference, for a measure that said that it needs one. */
  public ReferenceSet requireReference() {
    ReferenceSet known = reference;
    if (known == null) {
      throw new IllegalStateException("the measure did not say that it needs a reference");
    }
    return known;
  }

  /** The texts, for a measure that said that it needs captions. */
  public Tensor requireTexts() {
    Tensor known = texts;
    if (known == null) {
      throw new IllegalStateException("the measure did not say that it needs texts");
    }
    return known;
  }

  /** The protocol of a figure that is made with that much statistics. */
  public String protocol(String measure, String statistics) {
    StringBuilder id = new StringBuilder(measure + "; " + network + "; " + statistics);
    if (reference != null) {
      id.append("; reference ").append(reference.identity());
    }
    if (!pictures.captions().isEmpty()) {
      id.append("; captions ").append(CaptionFile.hash(pictures.captions()));
      if (!captionSource.isEmpty()) {
        id.append(" of ").append(captionSource);
      }
    }
    return id.append("; n=").append(count()).toString();
  }
}
