package io.github.tcd4j.pipeline.lora;

import io.github.tcd4j.files.FileName;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A prompt without its {@code <lora:NAME:WEIGHT>}, and the LoRAs that these name. A {@link
 * io.github.tcd4j.pipeline.Request} does not read them: the command line and the server do.
 *
 * @param text for the text encoder
 * @param tags names and weights, in order; the names are as written, and not yet those of files
 */
public record PromptLoras(String text, List<LoraSpec> tags) {
  /** What is longer is no tag but text, so that no search through a hostile prompt takes long. */
  private static final Pattern TAG = Pattern.compile("<lora:([^<>]{0,300})>");

  public PromptLoras {
    tags = List.copyOf(tags);
  }

  /**
   * Takes a prompt apart; one of plain syntax is all text.
   *
   * @throws InvalidRequestException if a tag is no name with a weight
   */
  public static PromptLoras read(String prompt, PromptSyntax syntax) {
    if (syntax == PromptSyntax.PLAIN) {
      return new PromptLoras(prompt, List.of());
    }
    List<LoraSpec> tags = new ArrayList<>();
    Matcher m = TAG.matcher(prompt);
    while (m.find()) {
      tags.add(tag(m.group(), m.group(1)));
    }
    return new PromptLoras(tags.isEmpty() ? prompt : m.replaceAll("").strip(), tags);
  }

  private static LoraSpec tag(String tag, String inside) {
    String[] parts = inside.split(":", -1);
    try {
      double weight = parts.length == 1 ? 1 : Double.parseDouble(parts[1].strip());
      if (parts.length <= 2 && !parts[0].isBlank() && Double.isFinite(weight)) {
        return new LoraSpec(parts[0].strip(), weight);
      }
    } catch (NumberFormatException e) {
      // Refused below, with the form that it should have.
    }
    throw new InvalidRequestException(
        "a LoRA in a prompt must be <lora:NAME> or <lora:NAME:WEIGHT> but was " + tag);
  }

  /**
   * A negative prompt, in which a LoRA has no place.
   *
   * @throws InvalidRequestException if it names one
   */
  public static @Nullable String negative(@Nullable String negative, PromptSyntax syntax) {
    if (negative != null && !read(negative, syntax).tags.isEmpty()) {
      throw new InvalidRequestException(
          "a LoRA belongs into the prompt, not into the negative one, with a weight of either sign");
    }
    return negative;
  }

  /**
   * The LoRAs that were chosen otherwise, then those of the prompt; null where the model is to
   * choose. Where nothing was chosen, the model's own TCD LoRA stays, unless the prompt names one
   * of that name itself.
   *
   * @param chosen null for nothing, empty for none
   * @param find the file, or the model's own name, of a name in a prompt; may refuse it
   */
  public @Nullable List<LoraSpec> choices(
      @Nullable List<LoraSpec> chosen, ModelFolder model, UnaryOperator<String> find) {
    if (tags.isEmpty()) {
      return chosen;
    }
    List<LoraSpec> named =
        tags.stream().map(t -> new LoraSpec(find.apply(t.name()), t.weight())).toList();
    List<LoraSpec> all =
        new ArrayList<>(chosen == null ? others(LoraResolver.ownTcd(model)) : chosen);
    all.addAll(named);
    return all;
  }

  /** Those of some LoRAs whose name, without folder and ending, the prompt does not have. */
  public List<LoraSpec> others(List<LoraSpec> some) {
    Set<String> named = tags.stream().map(t -> FileName.stem(t.name())).collect(Collectors.toSet());
    return some.stream().filter(l -> !named.contains(FileName.stem(l.name()))).toList();
  }
}
