package io.github.tcd4j.models.files;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.Map;
import java.util.Set;

/**
 * Tensors in memory, to be read like a file of them.
 *
 * @param metadata what the file would say of itself
 */
public record TensorMap(Map<String, Tensor> tensors, Map<String, String> metadata)
    implements TensorFile {
  /** Tensors without metadata. */
  public TensorMap(Map<String, Tensor> tensors) {
    this(tensors, Map.of());
  }

  @Override
  public Set<String> names() {
    return tensors.keySet();
  }

  @Override
  public Tensor get(String name) {
    Tensor t = tensors.get(name);
    if (t == null) {
      throw new IllegalArgumentException("there is no tensor " + name);
    }
    return t;
  }

  @Override
  public DType dtype(String name) {
    return get(name).dtype();
  }

  @Override
  public long[] shape(String name) {
    return get(name).shape();
  }

  /** The tensors stay their owner's. */
  @Override
  public void close() {}
}
