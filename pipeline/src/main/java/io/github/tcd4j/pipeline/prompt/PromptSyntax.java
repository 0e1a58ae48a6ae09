package io.github.tcd4j.pipeline.prompt;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.List;
import java.util.Locale;

/** What of a prompt is syntax. A prompt without any means the same in both, to the last bit. */
public enum PromptSyntax {
  /** Nothing: every character is text, and what does not fit one window is cut, as in diffusers. */
  PLAIN,
  /**
   * As in AUTOMATIC1111's web page and its kin: {@code (word)}, {@code (word:1.2)} and {@code
   * [word]} are weights, {@code BREAK} starts a window, a backslash makes the next bracket text,
   * and long prompts take several windows.
   */
  A1111;

  /** The name on the command line and in pictures. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** By {@link #key}. */
  public static PromptSyntax parse(String key) {
    for (PromptSyntax syntax : values()) {
      if (syntax.key().equals(key)) {
        return syntax;
      }
    }
    throw new InvalidRequestException("prompt syntax must be plain or a1111 but was " + key);
  }

  /** The parts of a prompt between its BREAKs, at least one. */
  public List<List<WeightedText>> parts(String prompt) {
    return this == PLAIN
        ? List.of(List.of(new WeightedText(prompt, 1)))
        : AttentionParser.parse(prompt);
  }
}
