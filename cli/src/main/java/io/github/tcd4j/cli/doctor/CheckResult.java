package io.github.tcd4j.cli.doctor;

/**
 * What a check found.
 *
 * @param part what was looked at, a word or two
 * @param found one line
 * @param cure what to do about it; empty where nothing need be done
 */
public record CheckResult(State state, String part, String found, String cure) {
  /** How it stands. */
  public enum State {
    OK,
    /** Works, but slower or with less than it could. */
    WARNING,
    FAILURE
  }

  static CheckResult ok(String part, String found) {
    return new CheckResult(State.OK, part, found, "");
  }

  static CheckResult warning(String part, String found, String cure) {
    return new CheckResult(State.WARNING, part, found, cure);
  }

  static CheckResult failure(String part, String found, String cure) {
    return new CheckResult(State.FAILURE, part, found, cure);
  }
}
