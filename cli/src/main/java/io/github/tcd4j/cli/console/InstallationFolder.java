package io.github.tcd4j.cli.console;

import java.nio.file.Path;

/** The folder of the installation, with the launcher and the embedded model. */
public final class InstallationFolder {
  private InstallationFolder() {}

  /** The value of {@code -Dtcd4j.home}, which the launcher sets, else the working folder. */
  public static Path folder() {
    return Path.of(System.getProperty("tcd4j.home", "."));
  }
}
