package io.github.tcd4j.models.depth;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.nio.file.Path;

/** The shape of a depth model, by transformers' {@code config.json}. */
public sealed interface DepthConfig permits DepthAnythingConfig, DptConfig {
  /** Depth-Anything, V1 or V2; else DPT. */
  boolean depthAnything();

  /** Whether it gives distances, the greater the farther; else the greater the nearer. */
  boolean metric();

  /** Side of a patch: sides of pictures must be its multiples. */
  int patch();

  /** The one side of pictures that it reads; 0 for any multiple of {@link #patch}. */
  int fixedSide();

  /**
   * Reads a {@code config.json}.
   *
   * @throws ConfigException if it is that of another network, saying which, or of a variant that is
   *     not supported
   */
  static DepthConfig read(Path configJson) {
    return of(ConfigFields.read(configJson));
  }

  static DepthConfig of(JsonNode config) {
    return of(new ConfigFields("config.json", config));
  }

  private static DepthConfig of(ConfigFields f) {
    JsonNode json = f.node();
    String name = json.path("_class_name").asText(json.path("architectures").path(0).asText(""));
    String type = name.isEmpty() ? json.path("model_type").asText("") : name;
    try {
      return switch (type) {
        case "DepthAnythingForDepthEstimation", "depth_anything" -> DepthAnythingConfig.of(f);
        case "DPTForDepthEstimation", "dpt" -> DptConfig.of(f);
        default ->
            throw new ConfigException(
                (f.origin() + " is that of " + (type.isEmpty() ? "no known network" : type))
                    + ", which is no depth model; use one of DepthAnythingForDepthEstimation or"
                    + " DPTForDepthEstimation");
      };
    } catch (ConfigException e) {
      String message = String.valueOf(e.getMessage());
      throw message.startsWith(f.origin())
          ? e
          : new ConfigException(f.origin() + ": " + message, e);
    }
  }
}
