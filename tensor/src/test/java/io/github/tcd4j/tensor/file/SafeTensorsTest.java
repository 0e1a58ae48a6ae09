package io.github.tcd4j.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorMemory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SafeTensorsTest {
  @TempDir Path folder;

  private static Tensor sample(DType type, long... shape) {
    long n = 1;
    for (long d : shape) {
      n *= d;
    }
    return Tensor.arange(n).reshape(shape).to(type);
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void everyTypeComesBackAsItWas(DType type) {
    Path file = folder.resolve("a.safetensors");
    try (Scope scope = Scope.open()) {
      Tensor written = sample(type, 2, 3, 5);
      SafeTensorsWriter.write(file, Map.of("x", written), Map.of("format", "pt"));
      try (SafeTensors read = SafeTensors.open(file)) {
        assertThat(read.names()).containsExactly("x");
        assertThat(read.metadata()).containsExactly(Map.entry("format", "pt"));
        assertThat(read.dtype("x")).isEqualTo(type);
        assertThat(read.shape("x")).containsExactly(2, 3, 5);
        assertThat(read.get("x").dtype()).isEqualTo(type);
        assertThat(read.get("x").sameAs(written)).isTrue();
      }
    }
  }

  @Test
  void scalarsAndEmptyTensorsComeBack() {
    Path file = folder.resolve("a.safetensors");
    try (Scope scope = Scope.open()) {
      SafeTensorsWriter.write(
          file,
          Map.of(
              "scalar", Tensor.scalar(2.5),
              "empty", Tensor.zeros(DType.F16, 3, 0, 2),
              "nothing", Tensor.zeros(DType.I64, 0)),
          Map.of());
      try (SafeTensors read = SafeTensors.open(file)) {
        assertThat(read.get("scalar").shape()).isEmpty();
        assertThat(read.get("scalar").item()).isEqualTo(2.5);
        assertThat(read.get("empty").shape()).containsExactly(3, 0, 2);
        assertThat(read.get("empty").dtype()).isEqualTo(DType.F16);
        assertThat(read.get("nothing").shape()).containsExactly(0);
      }
    }
  }

  @Test
  void aFileOfNoTensorsIsAFile() {
    Path file = folder.resolve("a.safetensors");
    SafeTensorsWriter.write(file, Map.of(), Map.of());
    try (SafeTensors read = SafeTensors.open(file)) {
      assertThat(read.names()).isEmpty();
    }
  }

  @Test
  void theMemoryLayoutOfATensorDoesNotShowInTheFile() {
    Path file = folder.resolve("a.safetensors");
    try (Scope scope = Scope.open()) {
      Tensor image = sample(DType.F32, 2, 3, 4, 5);
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("last", image.channelsLast());
      tensors.put("turned", image.transpose(1, 3));
      tensors.put("part", image.narrow(2, 1, 2));
      tensors.put("repeated", Tensor.scalar(7).expand(4));
      SafeTensorsWriter.write(file, tensors, Map.of());
      try (SafeTensors read = SafeTensors.open(file)) {
        tensors.forEach((name, t) -> assertThat(read.get(name).sameAs(t)).as(name).isTrue());
      }
    }
  }

  @Test
  void aTensorLooksIntoTheFileAndIsNoCopy() {
    Path file = folder.resolve("a.safetensors");
    try (Scope scope = Scope.open()) {
      SafeTensorsWriter.write(file, Map.of("x", sample(DType.F32, 100)), Map.of());
      int before = TensorMemory.views();
      try (SafeTensors read = SafeTensors.open(file)) {
        Tensor view = read.get("x");
        assertThat(TensorMemory.views()).isEqualTo(before + 1);
        Tensor copy = read.forConversion("x");
        assertThat(TensorMemory.views()).isEqualTo(before + 1);
        assertThat(copy.sameAs(view)).isTrue();
        copy.copyFrom_(copy.plus(1));
        assertThat(copy.sameAs(view)).isFalse();
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void thePagesOfATensorAreGivenBackWithIt() throws IOException {
    Path file = folder.resolve("a.safetensors");
    long bytes = 256 << 20;
    try (Scope scope = Scope.open()) {
      SafeTensorsWriter.write(file, Map.of("x", Tensor.ones(DType.U8, bytes)), Map.of());
    }
    try (SafeTensors read = SafeTensors.open(file)) {
      long before = filePages();
      try (Scope scope = Scope.open()) {
        Tensor x = read.get("x");
        assertThat(x.max().item()).isEqualTo(1);
        assertThat(filePages() - before).isGreaterThan(bytes / 2);
      }
      assertThat(filePages() - before).isLessThan(bytes / 4);
    }
  }

  /** Bytes of files that count as this process's memory. */
  private static long filePages() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("RssFile:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
        .sum();
  }

  @Test
  void aTensorOutlivesTheClosedFileAndItsReader() {
    Path file = folder.resolve("a.safetensors");
    int before = TensorMemory.views();
    try (Scope scope = Scope.open()) {
      SafeTensorsWriter.write(file, Map.of("x", sample(DType.F32, 1000)), Map.of());
      Tensor view = readAndForget(file);
      for (int i = 0; i < 5; i++) {
        System.gc();
      }
      assertThat(view.item(999)).isEqualTo(999);
      assertThat(TensorMemory.views()).isEqualTo(before + 1);
    }
    assertThat(TensorMemory.views()).isEqualTo(before);
  }

  private static Tensor readAndForget(Path file) {
    try (Scope scope = Scope.open();
        SafeTensors read = SafeTensors.open(file)) {
      Tensor again = read.get("x");
      assertThat(again.item(1)).isEqualTo(1);
      return scope.keep(read.get("x").reshape(10, 100).reshape(1000));
    }
  }

  @Test
  void readingLeavesNoNativeObjectAndNoOpenFile() throws IOException {
    Path file = folder.resolve("a.safetensors");
    try (Scope scope = Scope.open()) {
      SafeTensorsWriter.write(file, Map.of("x", sample(DType.F32, 8)), Map.of());
    }
    read(file);
    long objects = Engine.settledObjects();
    for (int i = 0; i < 50; i++) {
      read(file);
    }
    assertThat(Engine.liveObjects()).isEqualTo(objects);
    assertThat(openFilesIn(folder)).isZero();
  }

  private static void read(Path file) {
    try (Scope scope = Scope.open();
        SafeTensors read = SafeTensors.open(file)) {
      assertThat(read.get("x").sum().item()).isEqualTo(28);
    }
  }

  /** Counts by Linux's /proc; elsewhere there is nothing to count. */
  private static long openFilesIn(Path folder) throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    if (!Files.isDirectory(descriptors)) {
      return 0;
    }
    long count = 0;
    try (var list = Files.list(descriptors)) {
      for (Path p : list.toList()) {
        if (Files.isSymbolicLink(p) && Files.readSymbolicLink(p).startsWith(folder)) {
          count++;
        }
      }
    }
    return count;
  }

  @Test
  void tensorsLongerThanAMapAreReadInPieces() {
    Path file = folder.resolve("a.safetensors");
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (int i = 0; i < 20; i++) {
        tensors.put("t" + i, sample(DType.values()[i % 8], 1 + i));
      }
      tensors.put("long", sample(DType.F64, 100));
      SafeTensorsWriter.write(file, tensors, Map.of());
      for (int longest : new int[] {1, 7, 16, 64, 801, 5000}) {
        try (SafeTensors read = SafeTensors.openFile(file, longest)) {
          tensors.forEach(
              (name, t) ->
                  assertThat(read.get(name).sameAs(t) && read.forConversion(name).sameAs(t))
                      .as("%s of %s", name, longest)
                      .isTrue());
        }
      }
    }
  }

  @Test
  void aFileOfThreeGigabytesIsRead() throws IOException {
    Path path = folder.resolve("a.safetensors");
    long part = 1L << 30;
    String entry = "\"%s\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[%d,%d]}";
    String header =
        "{"
            + entry.formatted("a", "U8", part, 0, part)
            + ","
            + entry.formatted("b", "U8", part, part, 2 * part)
            + ","
            + entry.formatted("c", "U8", part, 2 * part, 3 * part)
            + ","
            + entry.formatted("d", "F32", 2, 3 * part, 3 * part + 8)
            + "}";
    header += " ".repeat(8 - header.length() % 8);
    ByteBuffer data = ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN);
    data.put(0, (byte) 42).putFloat(1, 1.5f).putFloat(5, 2.5f);
    // Sparse: only what is written takes room on the disk.
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.writeLong(Long.reverseBytes(header.length()));
      file.writeBytes(header);
      file.seek(8 + header.length() + 3 * part - 1);
      file.write(data.array());
    }
    try (Scope scope = Scope.open();
        SafeTensors read = SafeTensors.open(path)) {
      assertThat(read.get("c").item(part - 1)).isEqualTo(42);
      assertThat(read.get("a").item(part - 1)).isZero();
      assertThat(read.get("d").toFloatArray()).containsExactly(1.5f, 2.5f);
    }
  }

  @Test
  void aClosedFileGivesNoMoreTensors() {
    Path file = folder.resolve("a.safetensors");
    try (Scope scope = Scope.open()) {
      SafeTensorsWriter.write(file, Map.of("x", Tensor.scalar(1)), Map.of());
      SafeTensors read = SafeTensors.open(file);
      read.close();
      assertThatThrownBy(() -> read.get("x"))
          .isInstanceOf(TensorFileException.class)
          .hasMessageContaining("a.safetensors")
          .hasMessageContaining("closed");
    }
  }

  @Test
  void aTensorThatIsNotThereIsNamed() {
    Path file = folder.resolve("a.safetensors");
    SafeTensorsWriter.write(file, Map.of(), Map.of());
    try (SafeTensors read = SafeTensors.open(file)) {
      assertThatThrownBy(() -> read.get("conv_in.weight"))
          .isInstanceOf(TensorFileException.class)
          .hasMessageContaining("conv_in.weight");
    }
  }
}
