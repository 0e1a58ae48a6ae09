package io.github.tcd4j.models.files;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Two files, of which no name is in both, as one. */
record JoinedFiles(TensorFile first, TensorFile second) implements TensorFile {
  private TensorFile of(String name) {
    return first.names().contains(name) ? first : second;
  }

  @Override
  public Set<String> names() {
    Set<String> names = new TreeSet<>(first.names());
    names.addAll(second.names());
    return names;
  }

  @Override
  public Tensor get(String name) {
    return of(name).get(name);
  }

  @Override
  public Tensor forConversion(String name) {
    return of(name).forConversion(name);
  }

  @Override
  public DType dtype(String name) {
    return of(name).dtype(name);
  }

  @Override
  public long[] shape(String name) {
    return of(name).shape(name);
  }

  @Override
  public Map<String, String> metadata() {
    return first.metadata();
  }

  @Override
  public void close() {
    first.close();
    second.close();
  }
}
