package io.github.tcd4j.cli.options;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.ControlType;
import io.github.tcd4j.pipeline.adapter.HintNetwork;
import io.github.tcd4j.pipeline.adapter.HintPicture;
import io.github.tcd4j.pipeline.input.InputFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code MODEL[@KIND]=IMAGE[:WEIGHT[:START-END]]} of {@code --control}. */
public final class ControlText {
  static final String FORM = "MODEL[@KIND]=IMAGE[:WEIGHT[:START-END]]";

  /** No folder: what comes after the last @ has no separator in it. */
  private static final Pattern KIND = Pattern.compile("@[a-z_0-9]+$");

  private final String text;
  private final List<String> fields;
  private final @Nullable Path usual;

  private ControlText(String text, List<String> fields, @Nullable Path usual) {
    this.text = text;
    this.fields = fields;
    this.usual = usual;
  }

  static ControlSettings parse(String text) {
    return parse(text, null);
  }

  /**
   * The same where the hint may be left out: {@code MODEL} or {@code MODEL=:WEIGHT...}.
   *
   * @param usual the hint then; null if it may not
   */
  public static ControlSettings parse(String text, @Nullable Path usual) {
    int equals = AdapterText.indexOf(text, '=');
    if (equals < 0 && usual != null) {
      return parse(text + "=", usual);
    }
    if (equals < 1 || (equals == text.length() - 1 && usual == null)) {
      throw new InvalidRequestException("--control must be " + FORM + " but was " + text);
    }
    String network = text.substring(0, equals);
    int at = network.lastIndexOf('@');
    boolean named = at > 0 && network.charAt(at - 1) != '\\' && KIND.matcher(network).find();
    ControlType type = named ? ControlType.of(network.substring(at + 1)) : null;
    AdapterModel model =
        AdapterModel.of(
            "ControlNet", Path.of(AdapterText.plain(named ? network.substring(0, at) : network)));
    List<String> fields = new ArrayList<>(AdapterText.split(text.substring(equals + 1), ':'));
    return new ControlText(text, fields, usual).settings(model, type);
  }

  private ControlSettings settings(AdapterModel model, @Nullable ControlType type) {
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
    return new ControlSettings(model, type, hint, weight, start, end);
  }

  private HintPicture hint() {
    String first = fields.remove(0);
    if (first.isEmpty() && usual != null) {
      return HintPicture.of(InputFile.of("hint", usual));
    }
    HintNetwork.Kind kind = HintNetwork.Kind.of(first);
    if (kind != null) {
      if (fields.size() < 2) {
        throw wrong();
      }
      HintNetwork network = HintNetwork.of(kind, Path.of(AdapterText.plain(fields.remove(0))));
      return HintPicture.ofNetwork(file(fields.remove(0)), network);
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
    return HintPicture.ofEdges(file(fields.remove(0)), canny);
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
            + ", where IMAGE may be canny:FILE, canny:LOW,HIGH:FILE, depth:DEPTH_MODEL:FILE,"
            + " softedge:NETWORK:FILE, softedge-safe:NETWORK:FILE or lineart:NETWORK:FILE, but was "
            + text
            + "; put a backslash before a : or = that belongs to a name");
  }
}
