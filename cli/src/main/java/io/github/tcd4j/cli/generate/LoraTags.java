package io.github.tcd4j.cli.generate;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.lora.LoraResolver;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A prompt without its {@code <lora:NAME:WEIGHT>}, and the LoRAs that these name. Only the command
 * line reads them: who calls the library says {@code loras(...)}.
 *
 * @param text what the text encoder is to see
 * @param tags names and weights, in order
 */
record LoraTags(String text, List<LoraSpec> tags) {
  private static final Pattern TAG = Pattern.compile("<lora:([^<>]*)>");
  private static final String ENDING = ".safetensors";

  /**
   * Takes a prompt apart.
   *
   * @throws InvalidRequestException if a tag is no name with a weight
   */
  static LoraTags read(String prompt, PromptSyntax syntax) {
    if (syntax == PromptSyntax.PLAIN) {
      return new LoraTags(prompt, List.of());
    }
    List<LoraSpec> tags = new ArrayList<>();
    Matcher m = TAG.matcher(prompt);
    while (m.find()) {
      tags.add(choice(m.group(), m.group(1)));
    }
    return tags.isEmpty()
        ? new LoraTags(prompt, tags)
        : new LoraTags(TAG.matcher(prompt).replaceAll("").strip(), tags);
  }

  private static LoraSpec choice(String tag, String inside) {
    String[] parts = inside.split(":", -1);
    try {
      double weight = parts.length == 1 ? 1 : Double.parseDouble(parts[1].strip());
      if (parts.length <= 2 && !parts[0].isBlank() && Double.isFinite(weight)) {
        return new LoraSpec(parts[0].strip(), weight);
      }
    } catch (NumberFormatException e) {
      // Told below, with the form that it should have.
    }
    throw new InvalidRequestException(
        "a LoRA in a prompt must be <lora:NAME> or <lora:NAME:WEIGHT> but was " + tag);
  }

  /**
   * A negative prompt, in which a LoRA has no place.
   *
   * @throws InvalidRequestException if it names one
   */
  static @Nullable String none(@Nullable String negative, PromptSyntax syntax) {
    if (negative != null && !read(negative, syntax).tags.isEmpty()) {
      throw new InvalidRequestException(
          "a LoRA belongs into the prompt, not into the negative one, with a weight of either sign");
    }
    return negative;
  }

  /**
   * The LoRAs of the options, then those of the prompt; null where the model is to choose. Where
   * the options say nothing, the model's own TCD LoRA stays, unless the prompt names it itself.
   *
   * @param folder where names are looked up first; null for the model's own folder alone
   * @throws InvalidRequestException if a name is no file there
   */
  @Nullable List<LoraSpec> choices(
      @Nullable List<LoraSpec> options, ModelFolder model, @Nullable Path folder) {
    if (tags.isEmpty()) {
      return options;
    }
    List<LoraSpec> all =
        new ArrayList<>(
            options == null ? others(LoraResolver.ownTcd(model), model, folder) : options);
    tags.forEach(t -> all.add(new LoraSpec(find(t.name(), model, folder), t.weight())));
    return all;
  }

  /** Those of some LoRAs that the prompt does not name. */
  List<LoraSpec> others(List<LoraSpec> some, ModelFolder model, @Nullable Path folder) {
    Set<Path> named = new HashSet<>();
    tags.forEach(t -> named.add(file(find(t.name(), model, folder), model)));
    return some.stream().filter(l -> !named.contains(file(l.name(), model))).toList();
  }

  private static Path file(String name, ModelFolder model) {
    return model.lora(name).toAbsolutePath().normalize();
  }

  /** The name by which the file is found again: a path, or one of the model's own. */
  private static String find(String name, ModelFolder model, @Nullable Path folder) {
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
