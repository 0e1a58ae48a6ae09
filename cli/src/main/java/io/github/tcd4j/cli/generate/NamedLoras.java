package io.github.tcd4j.cli.generate;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Finds the LoRAs that prompts name.
 *
 * @param model in whose folder of LoRAs they are looked up
 * @param folder where they are looked up first; null for the model's own alone
 */
record NamedLoras(ModelFolder model, @Nullable Path folder) implements UnaryOperator<String> {
  private static final String ENDING = ".safetensors";

  /**
   * The name by which the file is found again: a path, or one of the model's own.
   *
   * @throws InvalidRequestException if it is no file there
   */
  @Override
  public String apply(String name) {
    String stem = name.endsWith(ENDING) ? name.substring(0, name.length() - ENDING.length()) : name;
    if (Path.of(stem).getNameCount() == 1 && !stem.startsWith(".")) {
      Path file = folder == null ? null : folder.resolve(stem + ENDING);
      if (file != null && Files.isRegularFile(file)) {
        return file.toString();
      }
      if (model.ownLoraNames().contains(stem)) {
        return stem;
      }
    }
    throw new InvalidRequestException(
        "the prompt names the LoRA "
            + name
            + ", but there is no such .safetensors file in "
            + (folder == null ? "" : folder + " and ")
            + "the model's own folder loras, which holds "
            + (model.ownLoraNames().isEmpty() ? "none" : model.ownLoraNames())
            + "; --lora-folder says where to look, -l takes any file");
  }
}
