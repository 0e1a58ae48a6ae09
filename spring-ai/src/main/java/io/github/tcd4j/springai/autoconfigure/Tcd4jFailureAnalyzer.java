package io.github.tcd4j.springai.autoconfigure;

import io.github.tcd4j.files.Tcd4jException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * An application that does not start for the sake of its model or properties reports one sentence,
 * where Spring Boot else prints the stack of every bean on the way.
 */
public final class Tcd4jFailureAnalyzer extends AbstractFailureAnalyzer<Tcd4jException> {
  private static final String ACTION =
      "Correct the property below spring.ai.tcd4j that the description names, or the file that it"
          + " points to.";

  @Override
  protected FailureAnalysis analyze(Throwable root, Tcd4jException cause) {
    return new FailureAnalysis("The image model cannot start: " + cause.getMessage(), ACTION, root);
  }
}
