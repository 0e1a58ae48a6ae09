package io.github.tcd4j.data;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.decode.ImageFormatException;
import java.util.List;
import java.util.TreeSet;

/** The files of a sample as a captioned image. */
final class SampleDecoder {
  /** Endings of images, best first. */
  static final List<String> IMAGES = List.of("png", "jpg", "jpeg", "webp");

  /** Endings of caption files, best first: of webdataset and img2dataset, of kohya, of others. */
  static final List<String> CAPTIONS = List.of("txt", "caption", "cap", "text", "prompt");

  private SampleDecoder() {}

  static CaptionedImage decode(SampleFiles sample) throws UnusableSample {
    byte[] file = imageFile(sample);
    byte[] json = sample.parts().get("json");
    JsonFields fields = json == null ? JsonFields.NONE : JsonFields.read(json);
    String caption = caption(sample, fields);
    try {
      Image image = ImageDecoder.decode(file);
      return new CaptionedImage(
          sample.key(), planes(image), image.width(), image.height(), caption, fields.texts());
    } catch (ImageFormatException e) {
      throw new UnusableSample("with an image that cannot be decoded", e.getMessage());
    }
  }

  private static byte[] imageFile(SampleFiles sample) throws UnusableSample {
    for (String ending : IMAGES) {
      byte[] file = sample.parts().get(ending);
      if (file != null) {
        return file;
      }
    }
    throw new UnusableSample(
        "without an image", found(sample) + "looked for " + String.join(", ", IMAGES));
  }

  private static String caption(SampleFiles sample, JsonFields fields) throws UnusableSample {
    boolean empty = false;
    for (String ending : CAPTIONS) {
      byte[] file = sample.parts().get(ending);
      if (file != null) {
        String text = CaptionText.decode(file);
        if (!text.isEmpty()) {
          return text;
        }
        empty = true;
      }
    }
    String text = fields.caption();
    if (!text.isEmpty()) {
      return text;
    }
    if (empty) {
      throw new UnusableSample("with an empty caption");
    }
    throw new UnusableSample(
        "without a caption",
        found(sample)
            + "looked for "
            + String.join(", ", CAPTIONS)
            + " and in json for "
            + String.join(", ", JsonFields.CAPTIONS));
  }

  private static String found(SampleFiles sample) {
    return "found " + String.join(", ", new TreeSet<>(sample.parts().keySet())) + "; ";
  }

  /** Red, green and blue each by themselves. */
  private static byte[] planes(Image image) {
    byte[] rgb = image.rgb();
    int area = rgb.length / 3;
    byte[] planes = new byte[rgb.length];
    for (int i = 0; i < area; i++) {
      for (int c = 0; c < 3; c++) {
        planes[c * area + i] = rgb[3 * i + c];
      }
    }
    return planes;
  }
}
