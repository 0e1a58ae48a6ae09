package io.github.tcd4j.examples;

import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.tensor.Device;
import java.nio.file.Path;
import java.util.List;

/**
 * One picture for each of several weights of the TCD LoRA: the model is read once, and a new weight
 * changes it in memory.
 *
 * <p>HOW TO RUN: {@code main(MODEL_FOLDER, OUT_FOLDER)}, in the project's root {@code emoji .}.
 */
public final class Ex06LoraWeight {
  private Ex06LoraWeight() {}

  public static void main(String[] args) {
    ModelFolder folder = ModelFolder.open("emoji", Path.of(args[0]));
    try (TextToImage model = TextToImage.load(folder, Device.CPU)) {
      for (double weight : new double[] {0, 0.5, 1}) {
        List<LoraSpec> loras = List.of(new LoraSpec("tcd", weight));
        Request request = Request.builder("red apple").sampler("tcd").loras(loras).build();
        Path out = Path.of(args[1], "weight-" + weight + ".png");
        model.generate(request, Progress.SILENT).get(0).write(out);
      }
    }
  }
}
