package io.github.tcd4j.pipeline;

/**
 * A LoRA as it acted on a picture.
 *
 * @param name as the user wrote it, or the name in the model's own {@code loras} folder
 * @param weight factor on its change
 * @param sha256 of the file, 64 hexadecimal digits
 */
public record AppliedLora(String name, double weight, String sha256) {
  /** The choice that applies it again. */
  public LoraChoice choice() {
    return new LoraChoice(name, weight);
  }
}
