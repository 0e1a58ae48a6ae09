package io.github.tcd4j.cli.doctor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Runs all checks, each after those that it needs: the engine needs a place for its libraries, the
 * model needs the engine.
 */
public final class Doctor {
  private final List<Check> checks;

  private Doctor(List<Check> checks) {
    this.checks = checks;
  }

  /**
   * @param model folder of the embedded model
   */
  public static Doctor of(Path model) {
    return new Doctor(
        List.of(
            new JavaCheck(),
            new PlatformCheck(),
            new MemoryCheck(),
            new CacheCheck(),
            new EngineCheck(),
            new BlasCheck(),
            new CpuCheck(),
            new FontCheck(),
            new ModelCheck(model)));
  }

  /** Reports each result as soon as it is known, and returns them all. */
  public List<CheckResult> examine(Consumer<CheckResult> listener) {
    List<CheckResult> findings = new ArrayList<>();
    for (Check check : checks) {
      CheckResult finding = examine(check);
      listener.accept(finding);
      findings.add(finding);
    }
    return findings;
  }

  private static CheckResult examine(Check check) {
    try {
      return check.run();
    } catch (NoClassDefFoundError e) {
      // The class whose first use has failed: the result of the engine says why.
      return CheckResult.failure(check.part(), "not checked", "fix the engine first");
    } catch (Exception | LinkageError e) {
      String message = e.getMessage() == null ? e.toString() : e.getMessage();
      return CheckResult.failure(
          check.part(),
          message.lines().findFirst().orElse(""),
          "fix what the message names, then run tcd4j doctor again");
    }
  }
}
