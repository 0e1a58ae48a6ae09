package io.github.tcd4j.models.lora;

import io.github.tcd4j.models.lora.delta.LoraException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a LoRA of this project says of itself in its safetensors metadata.
 *
 * @param method how it was distilled, such as {@code tcd} or {@code pcm}
 * @param sampler name of the sampler to use; a file that does not say means its method
 * @param base name of the model that it belongs to
 * @param rank r
 * @param alpha alpha as trained
 * @param gamma gamma to sample with, where the method knows one
 * @param steps number of steps to sample with
 * @param recipe hash of the resolved recipe that made it
 * @param destination SHA-256 of the s-embedding file, without which the LoRA is another model; null
 *     where it is not conditioned on s
 */
public record LoraMetadata(
    String method,
    String sampler,
    String base,
    int rank,
    double alpha,
    @Nullable Double gamma,
    int steps,
    String recipe,
    @Nullable String destination) {
  /** Key of {@link #destination}, also in the files of whole networks. */
  public static final String DESTINATION = "tcd4j.s_embedding";

  private static final String PREFIX = "tcd4j.";

  public LoraMetadata {
    if (method.isBlank() || sampler.isBlank()) {
      throw new LoraException("LoRA method and sampler must be named, as tcd or lcm");
    }
    if (rank < 1 || steps < 1) {
      throw new LoraException(
          "LoRA rank and steps must be at least 1 but were " + rank + " and " + steps);
    }
    if (!(alpha > 0)) {
      throw new LoraException("LoRA alpha must be above 0 but was " + alpha);
    }
    if (gamma != null && !(gamma >= 0 && gamma <= 1)) {
      throw new LoraException("LoRA gamma must be in [0, 1] but was " + gamma);
    }
  }

  /** Of a LoRA that is not conditioned on s. */
  public LoraMetadata(
      String method,
      String sampler,
      String base,
      int rank,
      double alpha,
      @Nullable Double gamma,
      int steps,
      String recipe) {
    this(method, sampler, base, rank, alpha, gamma, steps, recipe, null);
  }

  /** The same of a LoRA that needs the s-embedding of that hash; null for none. */
  public LoraMetadata withDestination(@Nullable String sha256) {
    return new LoraMetadata(method, sampler, base, rank, alpha, gamma, steps, recipe, sha256);
  }

  /** As entries of a safetensors header. */
  public Map<String, String> toMap() {
    Map<String, String> map = new LinkedHashMap<>();
    map.put("format", "pt");
    map.put(PREFIX + "method", method);
    map.put(PREFIX + "sampler", sampler);
    map.put(PREFIX + "base", base);
    map.put(PREFIX + "rank", Integer.toString(rank));
    map.put(PREFIX + "alpha", Double.toString(alpha));
    if (gamma != null) {
      map.put(PREFIX + "gamma", Double.toString(gamma));
    }
    map.put(PREFIX + "steps", Integer.toString(steps));
    map.put(PREFIX + "recipe", recipe);
    if (destination != null) {
      map.put(DESTINATION, destination);
    }
    return map;
  }

  /** From a safetensors header; null where the file is not one of ours. */
  public static @Nullable LoraMetadata of(Map<String, String> header) {
    String method = header.get(PREFIX + "method");
    if (method == null) {
      return null;
    }
    try {
      String gamma = header.get(PREFIX + "gamma");
      return new LoraMetadata(
          method,
          header.getOrDefault(PREFIX + "sampler", method),
          entry(header, "base"),
          Integer.parseInt(entry(header, "rank")),
          Double.parseDouble(entry(header, "alpha")),
          gamma == null ? null : Double.valueOf(gamma),
          Integer.parseInt(entry(header, "steps")),
          entry(header, "recipe"),
          header.get(DESTINATION));
    } catch (NumberFormatException e) {
      throw new LoraException("LoRA metadata holds a number that cannot be read: " + header);
    }
  }

  private static String entry(Map<String, String> header, String key) {
    String value = header.get(PREFIX + key);
    if (value == null) {
      throw new LoraException("LoRA metadata lacks " + PREFIX + key);
    }
    return value;
  }
}
