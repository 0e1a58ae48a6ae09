package io.github.tcd4j.pipeline.lora;

/**
 * A LoRA as it acted on a picture.
 *
 * @param name as the user wrote it, or the name in the model's own {@code loras} folder
 * @param weight factor on its change
 * @param sha256 of the file, 64 hexadecimal digits
 */
public record ResolvedLora(String name, double weight, String sha256) {
  /** The choice that applies it again. */
  public LoraSpec choice() {
    return new LoraSpec(name, weight);
  }
}
