package io.github.tcd4j.server.sharing;

import io.github.tcd4j.pipeline.metadata.GenerationSettings;

/**
 * What the cost of a row depends on, on one machine.
 *
 * @param model its name
 * @param width of the pictures in pixels
 * @param height likewise
 */
public record SharedSize(String model, int width, int height) {
  /** Of a request's settings. */
  public static SharedSize of(String model, GenerationSettings s) {
    return new SharedSize(model, s.width(), s.height());
  }

  @Override
  public String toString() {
    return model + " " + width + "x" + height;
  }
}
