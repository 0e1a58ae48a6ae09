package io.github.tcd4j.cli.doctor;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngException;
import io.github.tcd4j.images.sheet.ContactSheet;
import java.util.List;

/** Whether this Java can write the labels of contact sheets and plots. */
record FontCheck() implements Check {
  @Override
  public String part() {
    return "fonts";
  }

  @Override
  public CheckResult run() {
    try {
      Image dot = new Image(1, 1, new byte[3]);
      new ContactSheet("a", List.of(), List.of(new ContactSheet.Row("", List.of(dot)))).render();
      return CheckResult.ok(part(), "labels can be drawn");
    } catch (PngException e) {
      return CheckResult.failure(
          part(),
          "labels cannot be drawn",
          "install a font and fontconfig, such as Debian's packages fontconfig and"
              + " fonts-dejavu-core");
    }
  }
}
