package io.github.tcd4j.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeTensorsWriterTest {
  @TempDir Path folder;

  private List<String> filesInFolder() throws IOException {
    try (var list = Files.list(folder)) {
      return list.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void dataAreAlignedWhateverTheOrderAndTheNames() throws IOException {
    Path file = folder.resolve("a.safetensors");
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String name : new String[] {"a", "bb", "ccc"}) {
        for (DType type : DType.values()) {
          tensors.put(name + type, Tensor.ones(type, 3));
        }
      }
      SafeTensorsWriter.write(file, tensors, Map.of("key", "value"));
      long header =
          ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).getLong();
      assertThat(header % 8).isZero();
      try (SafeTensors read = SafeTensors.open(file)) {
        int before = TensorMemory.views();
        tensors.keySet().forEach(read::get);
        assertThat(TensorMemory.views()).as("views, not copies").isEqualTo(before + tensors.size());
      }
    }
  }

  @Test
  void anOldFileIsReplacedAndNothingIsLeftBeside() throws IOException {
    Path file = folder.resolve("a.safetensors");
    try (Scope scope = Scope.open()) {
      SafeTensorsWriter.write(file, Map.of("x", Tensor.scalar(1)), Map.of());
      try (SafeTensors old = SafeTensors.open(file)) {
        SafeTensorsWriter.write(file, Map.of("x", Tensor.scalar(2)), Map.of());
        assertThat(old.get("x").item()).as("what had been opened stays").isEqualTo(1);
      }
      try (SafeTensors read = SafeTensors.open(file)) {
        assertThat(read.get("x").item()).isEqualTo(2);
      }
      assertThat(filesInFolder()).containsExactly("a.safetensors");
    }
  }

  /** A map whose tensor {@code name} is freed when the writer comes to take its data. */
  private static Map<String, Tensor> freedOnUse(String name, Map<String, Tensor> tensors) {
    return new LinkedHashMap<>(tensors) {
      private static final long serialVersionUID = 1L;

      @Override
      public Tensor get(Object key) {
        Tensor t = super.get(key);
        if (key.equals(name)) {
          t.close();
        }
        return t;
      }
    };
  }

  @Test
  void aFailureInTheMiddleLeavesTheOldFileAndNothingBeside() throws IOException {
    Path file = folder.resolve("a.safetensors");
    try (Scope scope = Scope.open()) {
      SafeTensorsWriter.write(file, Map.of("x", Tensor.scalar(1)), Map.of());
      byte[] old = Files.readAllBytes(file);
      Map<String, Tensor> tensors =
          Map.of("x", Tensor.ones(DType.F32, 1000), "y", Tensor.ones(DType.F32, 1000));
      assertThatThrownBy(() -> SafeTensorsWriter.write(file, freedOnUse("y", tensors), Map.of()))
          .isInstanceOf(TensorFileException.class)
          .hasMessageContaining(file.toString())
          .hasMessageContaining("tensor y has been freed");
      assertThat(file).hasBinaryContent(old);
      assertThat(filesInFolder()).containsExactly("a.safetensors");
    }
  }

  @Test
  void aFreedTensorIsNamedBeforeAnythingIsWritten() throws IOException {
    Tensor freed = Tensor.scalar(1);
    freed.close();
    Path file = folder.resolve("a.safetensors");
    assertThatThrownBy(() -> SafeTensorsWriter.write(file, Map.of("x", freed), Map.of()))
        .isInstanceOf(TensorFileException.class)
        .hasMessageContaining("tensor x has been freed");
    assertThat(filesInFolder()).isEmpty();
  }

  @Test
  void aFolderInTheWayStaysAsItIs() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Files.createDirectory(file);
    Files.writeString(file.resolve("inside"), "text");
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(
              () -> SafeTensorsWriter.write(file, Map.of("x", Tensor.scalar(1)), Map.of()))
          .isInstanceOf(TensorFileException.class)
          .hasMessageContaining(file.toString());
    }
    assertThat(filesInFolder()).containsExactly("a.safetensors");
    assertThat(file.resolve("inside")).hasContent("text");
  }

  @Test
  void aMissingFolderIsSaidInOneSentence() {
    Path file = folder.resolve("missing/a.safetensors");
    assertThatThrownBy(() -> SafeTensorsWriter.write(file, Map.of(), Map.of()))
        .isInstanceOf(TensorFileException.class)
        .hasMessage("cannot write " + file + ": its folder does not exist");
  }

  @Test
  void aReadOnlyFolderLeavesTheOldFile() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Files.writeString(file, "old");
    assumeThat(folder.toFile().setWritable(false)).isTrue();
    try {
      // The super-user may write everywhere.
      assumeThat(Files.isWritable(folder)).isFalse();
      assertThatThrownBy(() -> SafeTensorsWriter.write(file, Map.of(), Map.of()))
          .isInstanceOf(TensorFileException.class);
    } finally {
      assertThat(folder.toFile().setWritable(true)).isTrue();
    }
    assertThat(file).hasContent("old");
  }

  @Test
  void namesThatTheFormatCannotHoldAreRefused() throws IOException {
    Path file = folder.resolve("a.safetensors");
    try (Scope scope = Scope.open()) {
      for (String name : new String[] {"__metadata__", "half a pair \ud83c"}) {
        assertThatThrownBy(
                () -> SafeTensorsWriter.write(file, Map.of(name, Tensor.scalar(1)), Map.of()))
            .isInstanceOf(TensorFileException.class)
            .hasMessageContaining(file.toString());
      }
    }
    assertThat(filesInFolder()).isEmpty();
  }
}
