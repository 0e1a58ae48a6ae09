package io.github.tcd4j.tensor.file;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Several files, read as one. */
public final class JoinedFiles implements TensorFile {
  private final String name;
  private final List<TensorFile> files;
  private final Map<String, TensorFile> places;

  /**
   * @param name what messages call it
   * @param files all files, which it closes
   * @param places the file of each tensor
   */
  JoinedFiles(String name, Collection<TensorFile> files, Map<String, TensorFile> places) {
    this.name = name;
    this.files = List.copyOf(files);
    this.places = new TreeMap<>(places);
  }

  /** All tensors of files of which no two have the same name. */
  public static JoinedFiles of(TensorFile... files) {
    Map<String, TensorFile> places = new TreeMap<>();
    for (TensorFile file : files) {
      file.names().forEach(tensor -> places.put(tensor, file));
    }
    return new JoinedFiles("the files", List.of(files), places);
  }

  private TensorFile at(String tensor) {
    TensorFile file = places.get(tensor);
    if (file == null) {
      throw new TensorFileException("cannot read " + name + ": it lists no tensor " + tensor);
    }
    return file;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(places.keySet());
  }

  @Override
  public Tensor get(String tensor) {
    return at(tensor).get(tensor);
  }

  @Override
  public Tensor forConversion(String tensor) {
    return at(tensor).forConversion(tensor);
  }

  @Override
  public DType dtype(String tensor) {
    return at(tensor).dtype(tensor);
  }

  @Override
  public long[] shape(String tensor) {
    return at(tensor).shape(tensor);
  }

  /** Empty: what one file says of itself need not hold for the others. */
  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public void close() {
    files.forEach(TensorFile::close);
  }
}
