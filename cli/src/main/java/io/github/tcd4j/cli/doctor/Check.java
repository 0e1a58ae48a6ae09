package io.github.tcd4j.cli.doctor;

/** Checks one part of the machine. */
interface Check {
  /** What it checks, in case it throws. */
  String part();

  /** Runs the check; an exception counts as a failure. */
  CheckResult run() throws Exception;
}
