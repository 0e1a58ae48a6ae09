package io.github.tcd4j.cli.doctor;

import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.tensor.Device;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Whether the embedded model is there and generates.
 *
 * @param root its folder
 */
record ModelCheck(Path root) implements Check {
  @Override
  public String part() {
    return "embedded model";
  }

  @Override
  public CheckResult run() {
    long start = System.nanoTime();
    try (TextToImage model = TextToImage.load(ModelFolder.open("emoji", root), Device.CPU)) {
      model.generate(Request.builder("red apple, fluent 3d style").build(), Progress.SILENT);
      double seconds = (System.nanoTime() - start) / 1e9;
      return CheckResult.ok(
          part(), String.format(Locale.ROOT, "%s, loads and generates in %.1f s", root, seconds));
    } catch (Tcd4jException e) {
      return CheckResult.failure(
          part(),
          String.valueOf(e.getMessage()),
          "restore the folder emoji of the project next to the launcher");
    }
  }
}
