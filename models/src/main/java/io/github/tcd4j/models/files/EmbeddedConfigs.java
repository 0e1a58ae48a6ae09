package io.github.tcd4j.models.files;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Configurations that stand in the header of a single file of our own making, so that a folder
 * comes back as it was; files of others leave them to be derived.
 *
 * @param root configurations by the folder that each comes from
 */
record EmbeddedConfigs(JsonNode root) {
  private static final String OURS = "tcd4j.";
  static final String ENTRY = OURS + "config";

  static EmbeddedConfigs of(String origin, Map<String, String> metadata) {
    try {
      return new EmbeddedConfigs(new ObjectMapper().readTree(metadata.getOrDefault(ENTRY, "{}")));
    } catch (JsonProcessingException e) {
      throw new ConfigException(
          origin + ": its entry " + ENTRY + " is not valid JSON: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * What this program noted of a network in the header of its weights, the configurations aside.
   */
  static Map<String, String> notes(Map<String, String> header) {
    Map<String, String> notes = new TreeMap<>();
    header.forEach(
        (key, value) -> {
          if (key.startsWith(OURS) && !key.equals(ENTRY)) {
            notes.put(key, value);
          }
        });
    return notes;
  }

  private @Nullable JsonNode at(String folder) {
    JsonNode node = root.path(folder);
    return node.isObject() ? node : null;
  }

  @Nullable UNet2DConditionConfig unet() {
    JsonNode node = at(Component.UNET.folder());
    return node == null ? null : UNet2DConditionConfig.of(node);
  }

  @Nullable AutoencoderKLConfig vae() {
    JsonNode node = at(Component.VAE.folder());
    return node == null ? null : AutoencoderKLConfig.of(node);
  }

  @Nullable ClipTextConfig text(Component component) {
    JsonNode node = at(component.folder());
    return node == null ? null : ClipTextConfig.of(node);
  }

  @Nullable JsonNode scheduler() {
    return at("scheduler");
  }

  /** That of the small picture of an upscaler. */
  @Nullable JsonNode lowResScheduler() {
    return at("low_res_scheduler");
  }

  /** The folder's {@code model_index.json}. */
  @Nullable JsonNode index() {
    return at("model_index");
  }
}
