package io.github.tcd4j.cli.options;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import io.github.tcd4j.pipeline.input.InputFile;
import java.nio.file.Path;
import java.util.List;

/** {@code FILE=IMAGE[+IMAGE...][:SCALE]} of {@code --ip-adapter}. */
public final class ImagePromptText {
  static final String FORM = "FILE=IMAGE[+IMAGE...][:SCALE]";

  private ImagePromptText() {}

  /**
   * The same where pictures may be left out, without masks: {@code FILE} or {@code FILE=:SCALE}.
   *
   * @param usual the picture then
   */
  public static ImagePromptSettings parse(String text, Path usual) {
    int equals = AdapterText.indexOf(text, '=');
    String whole = equals < 0 ? text + "=" : text;
    int pictures = AdapterText.indexOf(whole, '=') + 1;
    boolean none = pictures == whole.length() || whole.charAt(pictures) == ':';
    if (!none) {
      return parse(whole, List.of());
    }
    String name = AdapterText.escaped(usual.toString());
    return parse(whole.substring(0, pictures) + name + whole.substring(pictures), List.of());
  }

  static ImagePromptSettings parse(String text, List<InputFile> masks) {
    if (text.isEmpty()) {
      throw new InvalidRequestException("--ip-mask belongs to an --ip-adapter before it; give one");
    }
    int equals = AdapterText.indexOf(text, '=');
    if (equals < 1) {
      throw wrong(text);
    }
    List<String> fields = AdapterText.split(text.substring(equals + 1), ':');
    List<String> pictures = AdapterText.split(fields.get(0), '+');
    if (fields.size() > 2 || pictures.contains("")) {
      throw wrong(text);
    }
    double scale = 1;
    if (fields.size() == 2) {
      try {
        scale = Double.parseDouble(fields.get(1));
      } catch (NumberFormatException e) {
        throw wrong(text);
      }
    }
    Path file = Path.of(AdapterText.plain(text.substring(0, equals)));
    return new ImagePromptSettings(
        AdapterModel.of("IP-Adapter", file),
        pictures.stream().map(p -> InputFile.of("picture", Path.of(AdapterText.plain(p)))).toList(),
        scale,
        masks);
  }

  private static InvalidRequestException wrong(String text) {
    return new InvalidRequestException(
        "--ip-adapter must be "
            + FORM
            + " but was "
            + text
            + "; put a backslash before a : + or = that belongs to a name");
  }
}
