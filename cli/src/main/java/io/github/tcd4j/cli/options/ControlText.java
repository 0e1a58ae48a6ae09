package io.github.tcd4j.cli.options;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.HintPicture;
import io.github.tcd4j.pipeline.input.InputFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code MODEL=IMAGE[:WEIGHT[:START-END]]} of {@code --control}. */
final class ControlText {
  static final String FORM = "MODEL=IMAGE[:WEIGHT[:START-END]]";

  private final String text;
  private final List<String> fields;

  private ControlText(String text, List<String> fields) {
    this.text = text;
    this.fields = fields;
  }

  static ControlSettings parse(String text) {
    int equals = AdapterText.indexOf(text, '=');
    if (equals < 1 || equals == text.length() - 1) {
      throw new InvalidRequestException("--control must be " + FORM + " but was " + text);
    }
    AdapterModel model =
        AdapterModel.of("ControlNet", Path.of(AdapterText.plain(text.substring(0, equals))));
    List<String> fields = new ArrayList<>(AdapterText.split(text.substring(equals + 1), ':'));
    return new ControlText(text, fields).settings(model);
  }

  private ControlSettings settings(AdapterModel model) {
    HintPicture hint = hint();
    double weight = fields.isEmpty() ? 1 : number(fields.remove(0));
    double start = 0;
    double end = 1;
    if (!fields.isEmpty()) {
      String range = fields.remove(0);
      int dash = range.indexOf('-');
      if (dash < 1) {
        throw wrong();
      }
      start = number(range.substring(0, dash));
      end = number(range.substring(dash + 1));
    }
    if (!fields.isEmpty()) {
      throw wrong();
    }
    return new ControlSettings(model, hint, weight, start, end);
  }

  private HintPicture hint() {
    String first = fields.remove(0);
    if (first.equals("depth")) {
      throw new InvalidRequestException(
          "depth maps cannot be computed yet; give a picture of the depth in " + text);
    }
    if (!first.equals("canny")) {
      return HintPicture.of(file(first));
    }
    Canny canny = Canny.USUAL;
    if (!fields.isEmpty() && fields.get(0).matches("[0-9.]+,[0-9.]+")) {
      canny = CannyText.parse(fields.remove(0));
    }
    if (fields.isEmpty()) {
      throw wrong();
    }
    return new HintPicture(file(fields.remove(0)), canny);
  }

  private static InputFile file(String name) {
    return InputFile.ofFileOrFolder("hint", Path.of(AdapterText.plain(name)));
  }

  private double number(String field) {
    try {
      return Double.parseDouble(field);
    } catch (NumberFormatException e) {
      throw wrong();
    }
  }

  private InvalidRequestException wrong() {
    return new InvalidRequestException(
        "--control must be "
            + FORM
            + ", where IMAGE may be canny:FILE or canny:LOW,HIGH:FILE, but was "
            + text
            + "; put a backslash before a : or = that belongs to a name");
  }
}
