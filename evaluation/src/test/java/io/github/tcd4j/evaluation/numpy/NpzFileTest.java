package io.github.tcd4j.evaluation.numpy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.evaluation.Formula;
import io.github.tcd4j.evaluation.metric.Moments;
import io.github.tcd4j.tensor.Scope;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpzFileTest {
  @TempDir Path folder;

  @Test
  void readsWhatNumPyStoredAndDeflated() throws Exception {
    for (String name : new String[] {"stored", "deflated"}) {
      Path file =
          Path.of(
              Objects.requireNonNull(getClass().getResource("/fidelity/" + name + ".npz")).toURI());
      Map<String, NpyArray> arrays = NpzFile.read(file, Set.of("mu", "sigma", "absent"));
      try (Scope scope = Scope.inference()) {
        Moments m = Moments.of(Formula.reference(60, 8));
        // The first of either file is in single precision.
        double off = name.equals("stored") ? 1e-14 : 1e-7;
        assertThat(array(arrays, "mu").values())
            .containsExactly(m.mean().toDoubleArray(), within(off));
        assertThat(array(arrays, "sigma").values())
            .containsExactly(m.covariance().toDoubleArray(), within(1e-14));
        assertThat(array(arrays, "sigma").shape()).containsExactly(8, 8);
      }
      assertThat(arrays).doesNotContainKey("absent");
      assertThat(NpzFile.note(file)).isNull();
    }
  }

  @Test
  void whatItWritesItReadsAndTheBytesOfAnArrayAreNumPys() throws IOException {
    NpyArray matrix = new NpyArray(new int[] {2, 2}, new double[] {1, 2, 3, -4.5});
    NpyArray row = new NpyArray(new int[] {2}, new double[] {Double.MIN_VALUE, Math.PI});
    Path file = folder.resolve("a.npz");
    NpzFile.write(file, Map.of("sigma", matrix, "mu", row), "a note");
    Map<String, NpyArray> read = NpzFile.read(file, Set.of("mu", "sigma"));
    assertThat(array(read, "mu").values()).containsExactly(row.values());
    assertThat(array(read, "sigma").values()).containsExactly(matrix.values());
    assertThat(NpzFile.note(file)).isEqualTo("a note");
    assertThat(NpzFile.names(file)).containsExactly("mu", "sigma");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    row.write(bytes);
    String header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }";
    assertThat(bytes.toByteArray())
        .hasSize(128 + 16)
        .startsWith(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0);
    assertThat(new String(bytes.toByteArray(), 10, 118, StandardCharsets.US_ASCII))
        .startsWith(header)
        .endsWith(" \n");
  }

  @Test
  void damageAndOtherTypesAreNamed() throws IOException {
    Path file = folder.resolve("b.npz");
    Files.writeString(file, "no zip");
    assertThatThrownBy(() -> NpzFile.read(file, Set.of("mu"))).hasMessageContaining("b.npz");
    assertThatThrownBy(() -> NpyArray.read(npy("'<i8'", "False", "(1,)", 8)))
        .hasMessageContaining("type is <i8");
    assertThatThrownBy(() -> NpyArray.read(npy("'<f8'", "True", "(2, 2)", 32)))
        .hasMessageContaining("columns");
    assertThatThrownBy(() -> NpyArray.read(npy("'<f8'", "False", "(3,)", 16)))
        .hasMessageContaining("ends within");
    assertThatThrownBy(() -> NpyArray.read(npy("'<f8'", "False", "(99999, 99999)", 0)))
        .hasMessageContaining("larger");
    assertThatThrownBy(() -> NpyArray.read(new ByteArrayInputStream(new byte[20])))
        .hasMessageContaining("NumPy");
  }

  private static ByteArrayInputStream npy(String type, String columns, String shape, int bytes) {
    String header =
        "{'descr': " + type + ", 'fortran_order': " + columns + ", 'shape': " + shape + ", }\n";
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    write(out, new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) header.length(), 0});
    write(out, header.getBytes(StandardCharsets.US_ASCII));
    write(out, new byte[bytes]);
    return new ByteArrayInputStream(out.toByteArray());
  }

  private static void write(OutputStream out, byte[] bytes) {
    try {
      out.write(Arrays.copyOf(bytes, bytes.length));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static NpyArray array(Map<String, NpyArray> arrays, String name) {
    return Objects.requireNonNull(arrays.get(name), name);
  }
}
