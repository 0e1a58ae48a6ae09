package io.github.tcd4j.models.lora;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.models.lora.delta.LoraException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * The scales of files in PEFT style, whose tensors carry no alpha: diffusers puts peft's
 * configuration into the header (entry {@code lora_adapter_metadata}, keys under the component's
 * name), peft itself writes {@code adapter_config.json} beside the file. With neither, scale is 1.
 */
final class PeftAlphas {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Ways to start that take the factors' product out of the base model's weights, or round them.
   */
  private static final Pattern RESIDUAL =
      Pattern.compile("pissa(_niter_\\d+)?|olora|corda|loftq|lora_ga");

  private final Path file;
  private final @Nullable JsonNode header;
  private final @Nullable JsonNode sibling;

  private PeftAlphas(Path file, @Nullable JsonNode header, @Nullable JsonNode sibling) {
    this.file = file;
    this.header = header;
    this.sibling = sibling;
  }

  static PeftAlphas of(Path file, Map<String, String> metadata) {
    try {
      String text = metadata.get(PeftHeader.ENTRY);
      Path config = file.resolveSibling("adapter_config.json");
      return new PeftAlphas(
          file,
          text == null ? null : JSON.readTree(text),
          Files.exists(config) ? JSON.readTree(Files.readString(config)) : null);
    } catch (JsonProcessingException e) {
      throw new LoraException(
          file + " has a peft configuration that is no JSON: " + e.getMessage());
    } catch (IOException e) {
      throw new LoraException("cannot read adapter_config.json beside " + file + ": " + e);
    }
  }

  /**
   * Fails where factors were trained beside what they left over of the weights. peft resets the
   * entry when it saves a LoRA for the plain model, {@code
   * path_initial_model_for_weight_conversion}.
   */
  private void requirePlainBase(JsonNode config, String prefix) {
    String start = config.path(prefix + "init_lora_weights").asText("").toLowerCase(Locale.ROOT);
    if (RESIDUAL.matcher(start).matches()) {
      throw new LoraException(
          (file + " was trained with init_lora_weights " + start + ", which changes the base")
              + " model's weights first, and these are not in the file; save it with peft's"
              + " path_initial_model_for_weight_conversion, as a LoRA for the plain model");
    }
  }

  /**
   * Alpha / r of one layer, or alpha / sqrt(r) where the configuration says rslora.
   *
   * <p>{@code fan_in_fan_out} is of no effect: it belongs to layers whose weights are stored
   * transposed, which these networks have none of, and peft itself drops it for linear layers.
   *
   * @param rank r of the factors; 0 where they are whole matrices, which have the configuration's
   */
  double scale(LoraStyle style, LoraComponent component, String path, long rank) {
    JsonNode config = style == LoraStyle.PEFT_RAW ? sibling : header;
    if (config == null) {
      return 1;
    }
    String prefix = style == LoraStyle.PEFT_RAW ? "" : component.folder() + ".";
    requirePlainBase(config, prefix);
    JsonNode alpha = config.get(prefix + "lora_alpha");
    if (alpha == null) {
      alpha = config.get(prefix + "alpha"); // of LoHa and LoKr
    }
    long r = rank == 0 ? config.path(prefix + "r").asLong() : rank;
    if (alpha == null || r < 1) {
      return 1;
    }
    double a = alpha.asDouble();
    JsonNode patterns = config.get(prefix + "alpha_pattern");
    if (patterns != null) {
      for (Map.Entry<String, JsonNode> e : patterns.properties()) {
        if (matches(e.getKey(), path)) {
          a = e.getValue().asDouble();
          break;
        }
      }
    }
    boolean root = config.path(prefix + "use_rslora").asBoolean(false);
    return a / (root ? Math.sqrt(r) : r);
  }

  /** As peft matches: the pattern is a whole path, or its end after a dot. */
  private boolean matches(String pattern, String path) {
    try {
      return Pattern.matches("(.*\\.)?(" + pattern + ")", path);
    } catch (PatternSyntaxException e) {
      throw new LoraException(
          (file + " has a peft configuration whose alpha_pattern " + pattern)
              + (" is no regular expression: " + e.getDescription()));
    }
  }
}
