package io.github.tcd4j.cli.doctor;

/**
 * What a check found.
 *
 * @param part what was looked at, a word or two
 * @param found one line
 * @param fix what to do about it; empty if nothing
 */
public record CheckResult(State state, String part, String found, String fix) {
  /** The outcome. */
  public enum State {
    OK,
    /** Works, but slower or with less than it could. */
    WARNING,
    FAILURE
  }

  static CheckResult ok(String part, String found) {
    return new CheckResult(State.OK, part, found, "");
  }

  static CheckResult warning(String part, String found, String fix) {
    return new CheckResult(State.WARNING, part, found, fix);
  }

  static CheckResult failure(String part, String found, String fix) {
    return new CheckResult(State.FAILURE, part, found, fix);
  }
}
