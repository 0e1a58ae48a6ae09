package io.github.tcd4j.training.recipe;

import io.github.tcd4j.files.InvalidRequestException;

/** A recipe that cannot be followed; names the entry, its value and what is allowed. */
public class RecipeException extends InvalidRequestException {
  private static final long serialVersionUID = 1L;

  public RecipeException(String message) {
    super(message);
  }

  public RecipeException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Fails unless {@code holds}; the message is a sentence about {@code name}. */
  static void require(boolean holds, String name, String range, Object value) {
    if (!holds) {
      throw new RecipeException(name + " must be " + range + " but was " + value);
    }
  }
}
