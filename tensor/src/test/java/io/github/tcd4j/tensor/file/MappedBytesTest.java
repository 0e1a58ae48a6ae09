package io.github.tcd4j.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.TensorMemory;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedBytesTest {
  @TempDir Path folder;

  @Test
  void aMapThatBecomesNoTensorIsGivenBack() throws Exception {
    Path file = Files.write(folder.resolve("zeros"), new byte[8]);
    int before = TensorMemory.views();
    try (FileChannel channel = FileChannel.open(file)) {
      MappedBytes bytes = new MappedBytes(channel, 0, MappedBytes.LONGEST);
      assertThatThrownBy(() -> bytes.tensor(DType.F32, 0, 8, -2))
          .hasMessageContaining("negative dimension");
    }
    assertThat(TensorMemory.views()).isEqualTo(before);
  }
}
