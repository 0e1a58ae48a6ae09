package io.github.tcd4j.examples.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.image.ImageModel;
import io.github.tcd4j.langchain4j.Tcd4jImageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/**
 * A prompt becomes an image, which a second prompt changes. Only {@link #main} knows whose model it
 * is.
 *
 * <p>HOW TO RUN: {@code main(MODEL, IMAGE.png, CHANGED.png)}, in the project's root {@code emoji
 * apple.png green.png}.
 */
public final class GenerateImage {
  private GenerateImage() {}

  public static void main(String[] args) throws IOException {
    try (Tcd4jImageModel model =
        Tcd4jImageModel.builder().model(Path.of(args[0])).seed(42L).strength(0.9).build()) {
      Image apple = generate(model, "red apple, fluent 3d style", Path.of(args[1]));
      change(model, apple, "green apple, fluent 3d style", Path.of(args[2]));
    }
  }

  private static Image generate(ImageModel model, String prompt, Path file) throws IOException {
    Image image = model.generate(prompt).content();
    Files.write(file, Base64.getDecoder().decode(image.base64Data()));
    return image;
  }

  private static void change(ImageModel model, Image from, String prompt, Path file)
      throws IOException {
    Image image = model.edit(from, prompt).content();
    Files.write(file, Base64.getDecoder().decode(image.base64Data()));
  }
}
