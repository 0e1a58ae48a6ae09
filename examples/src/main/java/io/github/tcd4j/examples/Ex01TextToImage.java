package io.github.tcd4j.examples;

import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import java.nio.file.Path;

/**
 * A prompt becomes a picture: the embedded model, its TCD LoRA, 4 steps.
 *
 * <p>HOW TO RUN: {@code main(MODEL_FOLDER, OUT.png)}, in the project's root {@code emoji
 * apple.png}.
 */
public final class Ex01TextToImage {
  private Ex01TextToImage() {}

  public static void main(String[] args) {
    try (TextToImage model = TextToImage.load(Path.of(args[0]))) {
      Request request = Request.builder("red apple, fluent 3d style").seed(42).build();
      model.generate(request).get(0).write(Path.of(args[1]));
    }
  }
}
