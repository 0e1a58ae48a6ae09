package io.github.tcd4j.springai;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.input.InputFile;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.content.Media;
import org.springframework.ai.image.ImageMessage;

/**
 * The pictures that the messages carry: one to start from, and one called {@code mask}, white where
 * it is generated anew and black where it is kept. Addresses are not fetched.
 */
record InputMedia(@Nullable InputFile picture, @Nullable InputFile mask) {
  private static final String MASK = "mask";

  static InputMedia of(List<ImageMessage> messages) {
    InputFile picture = null;
    InputFile mask = null;
    for (Media media : messages.stream().flatMap(m -> m.getMedia().stream()).toList()) {
      boolean isMask = MASK.equalsIgnoreCase(media.getName());
      String what = isMask ? MASK : "picture";
      if ((isMask ? mask : picture) != null) {
        throw new InvalidRequestException(
            "the prompt carries two "
                + what
                + "s; pass one to start from, and a mask under the name mask");
      }
      if (!(media.getData() instanceof byte[] bytes)) {
        throw new InvalidRequestException(
            "the " + what + " must be passed as bytes; addresses are not fetched");
      }
      if (isMask) {
        mask = InputFile.of(what, bytes);
      } else {
        picture = InputFile.of(what, bytes);
      }
    }
    return new InputMedia(picture, mask);
  }

  void addTo(Request.Builder request, @Nullable Double strength) {
    request.image(picture).mask(mask);
    if (picture != null) {
      request.strength(strength);
    }
  }
}
