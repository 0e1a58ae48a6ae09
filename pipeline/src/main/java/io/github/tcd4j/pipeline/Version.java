package io.github.tcd4j.pipeline;

/** The version of this project, which pictures carry. */
public final class Version {
  public static final String TCD4J = "0.1.0";

  private Version() {}
}
