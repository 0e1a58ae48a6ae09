package io.github.tcd4j.pipeline.metadata;

import io.github.tcd4j.pipeline.checkpoint.ComponentOverrides;

/**
 * The model that made a picture.
 *
 * @param name what the user calls the model
 * @param fingerprint of the model's weights
 * @param overrides where components were that the model leaves out or that replaced its own
 */
public record ModelIdentity(String name, String fingerprint, ComponentOverrides overrides) {
  /** The same with components that are found elsewhere. */
  public ModelIdentity withOverrides(ComponentOverrides found) {
    return new ModelIdentity(name, fingerprint, found);
  }
}
