package io.github.tcd4j.tensor;

import io.github.tcd4j.files.Sha256;
import java.util.Map;
import java.util.TreeMap;

/** Hashes of named tensors: what a cache of values that follow from weights is known by. */
public final class TensorHash {
  private TensorHash() {}

  /**
   * Adds names and values of {@code tensors} to a hash, in order of names, whatever the map's
   * order. Types and shapes are not part of it.
   *
   * @return {@code sha}
   */
  public static Sha256 add(Sha256 sha, Map<String, Tensor> tensors) {
    sha.addLength(tensors.size());
    new TreeMap<>(tensors).forEach((name, t) -> sha.add(name).add(t.toByteArray()));
    return sha;
  }
}
