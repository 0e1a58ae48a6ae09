package io.github.tcd4j.springai;

import io.github.tcd4j.files.InvalidRequestException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.image.ImageMessage;

/**
 * The messages of a prompt as two texts. A weight above 0 belongs to the prompt, one below 0 to the
 * negative prompt, as in Stability's API; a weight other than 1 and -1 becomes attention, {@code
 * (text:1.3)}. A message with weight 0 has no effect.
 *
 * @param prompt what is to be seen
 * @param negative what to steer away from; null for nothing
 */
record PromptText(String prompt, @Nullable String negative) {
  /** Joins the messages with commas, then style and negative prompt of the options. */
  static PromptText of(List<ImageMessage> messages, Tcd4jImageOptions options) {
    List<String> wanted = new ArrayList<>();
    List<String> unwanted = new ArrayList<>();
    add(unwanted, options.negativePrompt());
    for (ImageMessage message : messages) {
      float weight = message.getWeight() == null ? 1 : message.getWeight();
      if (!Float.isFinite(weight)) {
        throw new InvalidRequestException(
            "the weight of a message must be a finite number but was " + weight);
      }
      if (weight != 0) {
        add(weight > 0 ? wanted : unwanted, weighted(message.getText(), Math.abs(weight)));
      }
    }
    add(wanted, options.style());
    return new PromptText(
        String.join(", ", wanted), unwanted.isEmpty() ? null : String.join(", ", unwanted));
  }

  private static void add(List<String> texts, @Nullable String text) {
    if (text != null && !text.isBlank()) {
      texts.add(text);
    }
  }

  private static @Nullable String weighted(@Nullable String text, float weight) {
    return text == null || text.isBlank() || weight == 1
        ? text
        : "(" + text + ":" + new BigDecimal(Float.toString(weight)).toPlainString() + ")";
  }
}
