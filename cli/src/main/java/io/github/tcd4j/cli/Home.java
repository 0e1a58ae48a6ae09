package io.github.tcd4j.cli;

import java.nio.file.Path;

/** The folder of the installation, where the launcher and the embedded model stand. */
final class Home {
  private Home() {}

  /** What the launcher says by {@code -Dtcd4j.home}, else the working folder. */
  static Path folder() {
    return Path.of(System.getProperty("tcd4j.home", "."));
  }
}
