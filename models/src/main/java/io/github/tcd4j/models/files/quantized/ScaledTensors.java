package io.github.tcd4j.models.files.quantized;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A file whose 8-bit weights have a scale of their own, as ComfyUI writes them: {@code
 * PATH.scale_weight} or {@code PATH.weight_scale} beside {@code PATH.weight}. What is read is the
 * weight times its scale, float32; scales and marks are no tensors of the network and are hidden.
 */
public final class ScaledTensors implements TensorFile {
  private final TensorFile file;
  private final String origin;

  /** The name of its scale, by the name of the weight. */
  private final Map<String, String> scales;

  private final Set<String> names;
  private final Map<String, String> metadata;

  private ScaledTensors(String origin, TensorFile file, QuantizationMarks marks) {
    this.origin = origin;
    this.file = file;
    scales = new TreeMap<>(marks.scales());
    names = new TreeSet<>(file.names());
    names.removeAll(marks.hidden());
    metadata = new LinkedHashMap<>(file.metadata());
    metadata.remove(QuantizationMarks.HEADER);
    scales.forEach(this::requireFit);
  }

  /**
   * Opens a file of a network's weights.
   *
   * @throws ConfigException if they are stored in a quantization that is not supported, named
   */
  public static TensorFile open(Path path) {
    TensorFile file = TensorFile.open(path);
    try {
      return of(path.toString(), file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** The file itself where its tensors mean what they are. */
  static TensorFile of(String origin, TensorFile file) {
    QuantizationMarks marks = QuantizationMarks.of(origin, file);
    return marks.hidden().isEmpty() ? file : new ScaledTensors(origin, file, marks);
  }

  /** A scale is one number, or one for each row. */
  private void requireFit(String weight, String scale) {
    long[] of = file.shape(weight);
    long[] s = file.shape(scale);
    long count = 1;
    for (long side : s) {
      count *= side;
    }
    boolean rows = of.length > 0 && count == of[0] && (s.length == 1 || s[0] == count);
    if (count != 1 && !rows || !file.dtype(scale).isFloating()) {
      throw new ConfigException(
          (origin + ": " + scale + " has " + count + " entries of type " + file.dtype(scale))
              + " but must be one number, or one for each row of "
              + weight
              + "; blocks are not supported: use the model in float16 or bfloat16");
    }
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(names);
  }

  @Override
  public Tensor get(String name) {
    return scaled(name, false);
  }

  @Override
  public Tensor forConversion(String name) {
    return scaled(name, true);
  }

  private Tensor scaled(String name, boolean converting) {
    String scale = scales.get(name);
    if (scale == null) {
      return converting ? file.forConversion(name) : file.get(name);
    }
    try (Scope scope = Scope.inference()) {
      Tensor weight = file.forConversion(name).to(DType.F32);
      Tensor factor = file.get(scale).to(DType.F32);
      long[] side = new long[weight.dim()];
      Arrays.fill(side, 1);
      if (factor.numel() > 1) {
        side[0] = factor.numel();
      }
      return scope.keep(weight.times(factor.reshape(side)));
    }
  }

  @Override
  public DType dtype(String name) {
    return scales.containsKey(name) ? DType.F32 : file.dtype(name);
  }

  @Override
  public long[] shape(String name) {
    return file.shape(name);
  }

  @Override
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  @Override
  public void close() {
    file.close();
  }
}
