package io.github.tcd4j.cli.doctor;

import io.github.tcd4j.images.sheet.LabelFonts;

/** Whether this Java can write the labels of contact sheets and plots. */
record FontCheck() implements Check {
  @Override
  public String part() {
    return "fonts";
  }

  @Override
  public CheckResult run() {
    return LabelFonts.available()
        ? CheckResult.ok(part(), "labels can be drawn")
        : CheckResult.failure(
            part(),
            "labels cannot be drawn",
            "install a font and fontconfig, such as Debian's packages fontconfig and"
                + " fonts-dejavu-core");
  }
}
