package io.github.tcd4j.models.files;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One network of a single file, under diffusers' names. */
public final class ComponentView implements TensorFile {
  private final TensorFile file;
  private final Map<String, TensorSource> places;
  private final Map<String, String> metadata;

  /**
   * A view of an open file, which is closed with it.
   *
   * @param metadata what the file says of this network
   */
  ComponentView(TensorFile file, Map<String, TensorSource> places, Map<String, String> metadata) {
    this.file = file;
    this.places = new TreeMap<>(places);
    this.metadata = metadata;
  }

  /**
   * A network's tensors in a file, under diffusers' names; others are hidden.
   *
   * @param prefix what all its keys start with, perhaps empty
   * @param table names behind the prefix; null where they are diffusers' own
   */
  public static TensorFile of(TensorFile file, String prefix, @Nullable KeyMapping table) {
    KeyLayout layout = new KeyLayout(prefix, table, false);
    Map<String, TensorSource> places = new TreeMap<>();
    for (String key : file.names()) {
      if (key.startsWith(prefix)) {
        places.putAll(layout.places(key, file.shape(key).length));
      }
    }
    return new ComponentView(file, places, Map.of());
  }

  private TensorSource place(String name) {
    TensorSource place = places.get(name);
    if (place == null) {
      throw new IllegalArgumentException("there is no parameter " + name);
    }
    return place;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(places.keySet());
  }

  @Override
  public Tensor get(String name) {
    TensorSource place = place(name);
    return place.take(file.get(place.key()));
  }

  @Override
  public Tensor forConversion(String name) {
    TensorSource place = place(name);
    return place.take(file.forConversion(place.key()));
  }

  @Override
  public DType dtype(String name) {
    return file.dtype(place(name).key());
  }

  @Override
  public long[] shape(String name) {
    TensorSource place = place(name);
    return place.shape(file.shape(place.key()));
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public void close() {
    file.close();
  }
}
