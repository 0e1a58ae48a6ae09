package io.github.tcd4j.evaluation.feature;

import io.github.tcd4j.tensor.Tensor;
import java.util.List;

/** A network that puts captions into the same space as pictures. */
public interface TextFeatureSpace extends FeatureSpace {
  /** Captions to features (B, P), float32, in the open scope. */
  Tensor texts(List<String> captions);
}
