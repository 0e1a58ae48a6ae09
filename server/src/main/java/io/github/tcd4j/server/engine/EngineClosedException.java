package io.github.tcd4j.server.engine;

import io.github.tcd4j.files.Tcd4jException;

/** The server is shutting down. */
public final class EngineClosedException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  EngineClosedException() {
    super("the server is shutting down and takes no more jobs");
  }
}
