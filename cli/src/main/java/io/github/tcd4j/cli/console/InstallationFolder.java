package io.github.tcd4j.cli.console;

import java.nio.file.Path;

/** The folder of the installation, where the launcher and the embedded model stand. */
public final class InstallationFolder {
  private InstallationFolder() {}

  /** What the launcher says by {@code -Dtcd4j.home}, else the working folder. */
  public static Path folder() {
    return Path.of(System.getProperty("tcd4j.home", "."));
  }
}
