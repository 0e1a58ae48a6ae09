package io.github.tcd4j.files;

/**
 * Something that the user should know and that is no error.
 *
 * @param text one sentence, which reads well without the hint
 * @param hint what to change; {@link Hint#NONE} where the text says all
 */
public record Note(String text, Hint hint) {
  /** A note whose text says all. */
  public static Note of(String text) {
    return new Note(text, Hint.NONE);
  }
}
