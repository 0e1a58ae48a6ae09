package io.github.tcd4j.cli.doctor;

/** Looks at one part of the machine. */
interface Check {
  /** What it looks at, for the case that it throws. */
  String part();

  /** Looks; whatever it throws counts as a failure. */
  CheckResult look() throws Exception;
}
