package io.github.tcd4j.examples;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.sheet.ContactSheet;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What gamma does: the same prompt and seed at 8 steps, from no fresh noise to all of it, on one
 * labelled sheet.
 *
 * <p>HOW TO RUN: {@code main(MODEL_FOLDER, OUT.png)}, in the project's root {@code emoji
 * gamma.png}.
 */
public final class Ex02GammaSweep {
  private static final List<Double> GAMMAS = List.of(0.0, 0.3, 0.7, 1.0);

  private Ex02GammaSweep() {}

  public static void main(String[] args) {
    try (TextToImage model = TextToImage.load(Path.of(args[0]))) {
      List<Image> images = new ArrayList<>();
      for (double gamma : GAMMAS) {
        Request request =
            Request.builder("cat face, noto style").seed(7).steps(8).gamma(gamma).build();
        images.add(model.generate(request).get(0).image());
      }
      List<String> columns = GAMMAS.stream().map(g -> "gamma " + g).toList();
      ContactSheet.Row row = new ContactSheet.Row("cat face", new ArrayList<>(images));
      ContactSheet sheet = new ContactSheet("TCD, 8 steps", columns, List.of(row));
      PngWriter.write(Path.of(args[1]), sheet.render(), Map.of());
    }
  }
}
