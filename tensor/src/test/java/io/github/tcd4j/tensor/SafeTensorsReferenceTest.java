package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Against files that oracle/make_safetensors_fixture.py wrote with the reference implementation.
 */
class SafeTensorsReferenceTest {
  @TempDir Path folder;

  private static Path fixture(String name) throws URISyntaxException {
    return Path.of(SafeTensorsReferenceTest.class.getResource("/safetensors/" + name).toURI());
  }

  @Test
  void everyTensorOfTheReferenceFileIsRead() throws IOException, URISyntaxException {
    JsonNode expected = new ObjectMapper().readTree(fixture("golden.json").toFile());
    try (Scope scope = Scope.open();
        SafeTensors read = SafeTensors.open(fixture("golden.safetensors"))) {
      assertThat(read.metadata()).containsExactly(Map.entry("made by", "Größe \"L\"\té"));
      assertThat(read.names()).hasSize(27).hasSize(expected.size());
      for (var e : expected.properties()) {
        Tensor t = read.get(e.getKey());
        assertThat(t.shape()).as(e.getKey()).containsExactly(longs(e.getValue().get("shape")));
        assertThat(t.to(DType.F64).toDoubleArray())
            .as(e.getKey())
            .containsExactly(doubles(e.getValue().get("values")));
      }
      assertThat(read.dtype("matrix.bf16")).isEqualTo(DType.BF16);
    }
  }

  @Test
  void everyFloatOfEightBitsIsReadAsTheHalfThatItIs() throws URISyntaxException {
    try (Scope scope = Scope.open();
        SafeTensors read = SafeTensors.open(fixture("small-floats.safetensors"))) {
      for (String type : List.of("f8_e4m3", "f8_e5m2")) {
        double[] expected = read.get(type + " as f16").to(DType.F64).toDoubleArray();
        assertThat(read.dtype(type)).isEqualTo(DType.F16);
        assertThat(read.get(type).dtype()).isEqualTo(DType.F16);
        assertThat(read.get(type).shape()).containsExactly(16, 16);
        assertThat(read.get(type).to(DType.F64).toDoubleArray()).containsExactly(expected);
        assertThat(read.forConversion(type).to(DType.F64).toDoubleArray())
            .containsExactly(expected);
      }
    }
  }

  private static long[] longs(JsonNode list) {
    List<Long> values = new ArrayList<>();
    list.forEach(v -> values.add(v.asLong()));
    return values.stream().mapToLong(v -> v).toArray();
  }

  private static double[] doubles(JsonNode list) {
    List<Double> values = new ArrayList<>();
    list.forEach(v -> values.add(v.asDouble()));
    return values.stream().mapToDouble(v -> v).toArray();
  }

  @Test
  void theWriterWritesTheReferenceFileByteForByte() throws IOException, URISyntaxException {
    Path golden = fixture("golden.safetensors");
    Path ours = folder.resolve("ours.safetensors");
    try (Scope scope = Scope.open();
        SafeTensors read = SafeTensors.open(golden)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      read.names().forEach(name -> tensors.put(name, read.get(name)));
      SafeTensorsWriter.write(ours, tensors, read.metadata());
    }
    assertThat(ours).hasSameBinaryContentAs(golden);
  }

  @Test
  void aShardedModelReadsAsOne() throws URISyntaxException {
    try (Scope scope = Scope.open();
        SafeTensors read = SafeTensors.open(fixture("sharded.safetensors.index.json"))) {
      assertThat(read.names()).hasSize(5);
      assertThat(read.metadata()).containsEntry("total_size", "320");
      for (int i = 0; i < 5; i++) {
        Tensor t = read.get("layer." + i + ".weight");
        assertThat(t.shape()).containsExactly(4, 4);
        assertThat(t.mean().item()).isEqualTo(i);
      }
    }
  }
}
