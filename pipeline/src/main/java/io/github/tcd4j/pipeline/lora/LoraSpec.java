package io.github.tcd4j.pipeline.lora;

import io.github.tcd4j.files.InvalidRequestException;

/**
 * A LoRA that the user requested.
 *
 * @param name a file, or the name of one in the model's own {@code loras} folder without its ending
 * @param weight factor on its change; negative turns it round
 */
public record LoraSpec(String name, double weight) {
  public LoraSpec {
    if (name.isBlank()) {
      throw new InvalidRequestException("a LoRA must be named by its file");
    }
    if (!Double.isFinite(weight)) {
      throw new InvalidRequestException(
          "the weight of LoRA " + name + " must be a finite number but was " + weight);
    }
  }

  /** Reads {@code FILE} or {@code FILE:WEIGHT}; what follows the last colon counts if a number. */
  public static LoraSpec parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon > 0) {
      try {
        double weight = Double.parseDouble(text.substring(colon + 1));
        return new LoraSpec(text.substring(0, colon), weight);
      } catch (NumberFormatException e) {
        // The colon belongs to the name, as in C:\lora.safetensors.
      }
    }
    return new LoraSpec(text, 1);
  }
}
