package io.github.tcd4j.training;

import java.nio.file.Path;

/**
 * How a run ended.
 *
 * @param finished whether the last step was reached, and the product written
 * @param stepsDone steps done, those before a resumption included
 * @param folder of the run
 */
public record Outcome(boolean finished, long stepsDone, Path folder) {
  /** The folder of the product; there is one where the run has finished. */
  public Path product() {
    return folder.resolve("final");
  }
}
