package io.github.tcd4j.models.files;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.tensor.file.TensorFile;

/** The shapes under one prefix of a file, from which a network's configuration is derived. */
public record CheckpointShapes(TensorFile file, String prefix) {
  /** Whether there is a tensor of that name. */
  public boolean has(String name) {
    return file.names().contains(prefix + name);
  }

  /** One side of the shape of a tensor that must be there. */
  public int size(String name, int dimension) {
    if (!has(name)) {
      throw new ConfigException("the checkpoint lacks " + prefix + name);
    }
    long[] shape = file.shape(prefix + name);
    if (dimension >= shape.length || shape[dimension] < 1 || shape[dimension] > 1 << 24) {
      throw new ConfigException(
          prefix + name + " has the shape " + java.util.Arrays.toString(shape));
    }
    return (int) shape[dimension];
  }

  /** Its number of dimensions, 0 where it is not there. */
  public int dimensions(String name) {
    return has(name) ? file.shape(prefix + name).length : 0;
  }

  /** How many of {@code before0after}, {@code before1after}, ... there are. */
  public int count(String before, String after) {
    int n = 0;
    while (has(before + n + after)) {
      n++;
    }
    return n;
  }
}
