package io.github.tcd4j.server.api;

import io.github.tcd4j.files.FileName;
import io.github.tcd4j.pipeline.lora.LoraResolver;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import io.github.tcd4j.server.engine.ModelCatalog;
import io.github.tcd4j.server.engine.ServedModel;
import io.github.tcd4j.server.http.HttpProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A prompt without its {@code <lora:NAME:WEIGHT>}, and the LoRAs that these name.
 *
 * @param text for the text encoder
 * @param tags names and weights, in order; the names are those of the catalogue
 */
record PromptLoras(String text, List<LoraSpec> tags) {
  private static final Pattern TAG = Pattern.compile("<lora:([^<>]{0,300})>");

  static PromptLoras read(String prompt, PromptSyntax syntax) {
    List<LoraSpec> tags = new ArrayList<>();
    if (syntax == PromptSyntax.PLAIN) {
      return new PromptLoras(prompt, tags);
    }
    Matcher m = TAG.matcher(prompt);
    while (m.find()) {
      tags.add(tag(m.group(1)));
    }
    return new PromptLoras(tags.isEmpty() ? prompt : m.replaceAll("").strip(), tags);
  }

  private static LoraSpec tag(String inside) {
    String[] parts = inside.split(":", -1);
    try {
      double weight = parts.length == 1 ? 1 : Double.parseDouble(parts[1].strip());
      if (parts.length <= 2 && !parts[0].isBlank() && Double.isFinite(weight)) {
        return new LoraSpec(parts[0].strip(), weight);
      }
    } catch (NumberFormatException e) {
      // Refused below, with the form that it should have.
    }
    throw HttpProblem.invalid(
        "prompt",
        "a LoRA in a prompt must be <lora:NAME> or <lora:NAME:WEIGHT> but was <lora:"
            + inside
            + ">");
  }

  /**
   * The LoRAs of the request's field, then those of the prompt. Where the field is not given, the
   * model's own TCD LoRA stays, unless the prompt names it itself.
   *
   * @param field what the field names; null if it is not given
   */
  @Nullable List<LoraSpec> choices(
      @Nullable List<LoraSpec> field, ModelCatalog catalog, ServedModel model) {
    if (tags.isEmpty()) {
      return field;
    }
    List<LoraSpec> named =
        tags.stream().map(t -> catalog.lora(model, t.name(), t.weight())).toList();
    List<LoraSpec> all = new ArrayList<>();
    if (field != null) {
      all.addAll(field);
    } else {
      Set<String> stems =
          named.stream().map(l -> FileName.stem(l.name())).collect(Collectors.toSet());
      LoraResolver.ownTcd(model.folder()).stream()
          .filter(l -> !stems.contains(FileName.stem(l.name())))
          .forEach(all::add);
    }
    all.addAll(named);
    return all;
  }
}
