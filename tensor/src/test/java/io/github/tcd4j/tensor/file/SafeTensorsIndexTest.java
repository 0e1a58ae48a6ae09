package io.github.tcd4j.tensor.file;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafeTensorsIndexTest {
  @TempDir Path folder;

  private void refused(String json, String... faults) throws IOException {
    Path index = folder.resolve("m.safetensors.index.json");
    Files.writeString(index, json);
    assertThatThrownBy(() -> SafeTensors.open(index).close())
        .isExactlyInstanceOf(TensorFileException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContainingAll(faults);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{ | not valid JSON",
        "`` | needs a weight_map",
        "[] | needs a weight_map",
        "{\"weight_map\":{}} | needs a weight_map",
        "{\"weight_map\":{\"x\":1}} | must lie in a .safetensors or .bin file",
        "{\"weight_map\":{\"x\":\"../a.safetensors\"}} | ../a.safetensors",
        "{\"weight_map\":{\"x\":\"/a.safetensors\"}} | must lie in",
        "{\"weight_map\":{\"x\":\"a.bin\"}} | a.bin: there is no such file",
        "{\"weight_map\":{\"x\":\"a.pt\"}} | a.pt",
        "{\"weight_map\":{\"x\":\"a.safetensors\"}} | there is no such file",
        "{\"weight_map\":{\"x\":\"a.safetensors\",\"x\":\"b.safetensors\"}} | Duplicate",
        "{\"weight_map\":{\"x\":\"a.safetensors\"}} {} | Trailing"
      })
  void anIndexOfTheWrongFormIsRefused(String json, String fault) throws IOException {
    refused(json, fault);
  }

  @Test
  void aShardThatDoesNotHoldWhatTheIndexListsIsRefused() throws IOException {
    try (Scope scope = Scope.open()) {
      SafeTensorsWriter.write(
          folder.resolve("a.safetensors"),
          Map.of("x", Tensor.scalar(1), "y", Tensor.scalar(2)),
          Map.of());
    }
    refused(
        "{\"weight_map\":{\"x\":\"a.safetensors\",\"z\":\"a.safetensors\"}}",
        "a.safetensors",
        "lacks tensor z");
    refused("{\"weight_map\":{\"x\":\"a.safetensors\"}}", "holds tensor y", "does not list");
  }
}
