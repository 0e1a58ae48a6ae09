package io.github.tcd4j.benchmarks;

import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Seconds from the opening of a model to its last tensor ready, as {@code load_model.py} takes them
 * beside {@code cat}. Arguments: MODEL f32|bf16|f16. Prints one number.
 */
public final class LoadModel {
  private LoadModel() {}

  public static void main(String[] args) {
    DType dtype = DType.valueOf(args[1].toUpperCase(Locale.ROOT));
    // The start of the virtual machine and of libtorch is not a part of reading.
    Engine.threads(1);
    long start = System.nanoTime();
    try (TextToImage model =
        TextToImage.load(ModelFolder.open("model", Path.of(args[0])), Device.CPU)) {
      model.prepare(Request.builder("").dtype(dtype).loras(List.of()).build(), Progress.SILENT);
      System.out.println((System.nanoTime() - start) / 1e9);
    }
  }
}
