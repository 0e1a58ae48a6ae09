package io.github.tcd4j.models.files;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/** A file of {@code oracle/make_inventories.py} as if it held tensors, which take no memory. */
record Inventory(Map<String, Row> rows, Map<String, String> metadata, float spread)
    implements TensorFile {
  /** The bias by which SD2's networks of velocity are known. */
  private static final String BIAS = "output_blocks.11.1.transformer_blocks.0.norm1.bias";

  /** One tensor. */
  record Row(DType type, long[] dims) {}

  static Inventory read(String name) {
    Map<String, Row> rows = new TreeMap<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(
                    Objects.requireNonNull(
                        Inventory.class.getResourceAsStream("/inventories/" + name + ".txt.gz"))),
                StandardCharsets.UTF_8))) {
      in.lines().forEach(line -> row(rows, line.split(" ", -1)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Inventory(rows, Map.of(), 0.15f);
  }

  private static void row(Map<String, Row> rows, String... words) {
    long[] dims =
        Arrays.stream(words[2].split("x", -1))
            .filter(d -> !d.isEmpty())
            .mapToLong(Long::parseLong)
            .toArray();
    rows.put(words[0], new Row(DType.valueOf(words[1]), dims));
  }

  Inventory with(String key, String value) {
    return new Inventory(rows, Map.of(key, value), spread);
  }

  Inventory plus(String name, long... dims) {
    Map<String, Row> more = new TreeMap<>(rows);
    more.put(name, new Row(DType.F32, dims));
    return new Inventory(more, metadata, spread);
  }

  /** The same with another beginning of some names. */
  Inventory renamed(String from, String to) {
    Map<String, Row> other = new TreeMap<>();
    rows.forEach(
        (name, row) ->
            other.put(name.startsWith(from) ? to + name.substring(from.length()) : name, row));
    return new Inventory(other, metadata, spread);
  }

  /** The same with another standard deviation of the {@link #BIAS}. */
  Inventory spread(float deviation) {
    return new Inventory(rows, metadata, deviation);
  }

  private Row row(String name) {
    return Objects.requireNonNull(rows.get(name), name);
  }

  @Override
  public Set<String> names() {
    return rows.keySet();
  }

  @Override
  public Tensor get(String name) {
    if (name.endsWith(BIAS)) {
      float[] values = new float[(int) shape(name)[0]];
      for (int i = 0; i < values.length; i++) {
        values[i] = 1 + (i % 2 == 0 ? spread : -spread);
      }
      return Tensor.of(values, values.length).to(dtype(name));
    }
    return Tensor.zeros(dtype(name), 1).expand(shape(name));
  }

  @Override
  public DType dtype(String name) {
    return row(name).type();
  }

  @Override
  public long[] shape(String name) {
    return row(name).dims();
  }

  @Override
  public void close() {}
}
