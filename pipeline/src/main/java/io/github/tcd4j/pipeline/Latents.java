package io.github.tcd4j.pipeline;

import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The latents of one picture outside native memory: channels, height, width, and the values row by
 * row.
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not needed.
public record Latents(long channels, long height, long width, float[] values) {
  /** From a tensor (1, C, h, w). */
  static Latents of(Tensor t) {
    return new Latents(t.size(1), t.size(2), t.size(3), t.toFloatArray());
  }

  /** A tensor (1, C, h, w), float32, that belongs to the open scope. */
  public Tensor tensor() {
    return Tensor.of(values, 1, channels, height, width);
  }

  /**
   * Writes those of several pictures as one safetensors file: key latents, float32, (N, C, h, w).
   */
  public static void write(Path file, List<Latents> pictures) {
    try (Scope scope = Scope.inference()) {
      Tensor[] rows = pictures.stream().map(Latents::tensor).toArray(Tensor[]::new);
      SafeTensorsWriter.write(file, Map.of("latents", Tensor.cat(0, rows)), Map.of());
    }
  }
}
