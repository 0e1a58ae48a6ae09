package io.github.tcd4j.evaluation.report;

import java.util.regex.Pattern;

/**
 * What a figure is and how it is shown.
 *
 * @param id short name for files and CSV columns: small letters, digits, {@code _} and {@code -}
 * @param title name for people, as {@code CLIP score}
 * @param better the direction that is better, or none
 * @param digits how many digits to show after the point
 * @param about one sentence that says what it is, for the legend of a table
 */
public record Column(String id, String title, Better better, int digits, String about) {
  private static final Pattern ID = Pattern.compile("[a-z0-9_-]+");

  /** Which direction is better. */
  public enum Better {
    LOWER(" ↓", ": lower is better"),
    HIGHER(" ↑", ": higher is better"),
    NEITHER("", "");

    private final String arrow;
    private final String words;

    Better(String arrow, String words) {
      this.arrow = arrow;
      this.words = words;
    }
  }

  public Column {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "a column's id must be of small letters, digits, _ and - but was '" + id + "'");
    }
    if (digits < 0 || digits > 9) {
      throw new IllegalArgumentException("digits must be in [0, 9] but was " + digits);
    }
  }

  /** The title with an arrow towards better. */
  public String heading() {
    return title + better.arrow;
  }

  /** The title with what is better in words. */
  public String headline() {
    return title + better.words;
  }

  /** Whether the first of two values is the better one; fails where neither direction is. */
  public boolean isBetter(double a, double b) {
    if (better == Better.NEITHER) {
      throw new IllegalStateException("neither direction of " + title + " is better");
    }
    return better == Better.LOWER ? a < b : a > b;
  }
}
