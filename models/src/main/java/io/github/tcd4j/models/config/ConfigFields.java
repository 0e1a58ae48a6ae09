package io.github.tcd4j.models.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The keys of a network's {@code config.json}. A key that is absent has the default of the
 * diffusers class, as there; null is a value of its own and allowed only where diffusers has a
 * meaning for it. Keys that nobody asks for are foreign and tolerated, which is why a network must
 * {@link #require} the values of those that would change its results.
 */
public record ConfigFields(String origin, JsonNode node) {
  public ConfigFields {
    if (!node.isObject()) {
      throw new ConfigException(origin + " must be a JSON object but is " + node.getNodeType());
    }
  }

  /** Reads a file; {@code origin} in messages is its path. */
  public static ConfigFields read(Path file) {
    try {
      return new ConfigFields(file.toString(), new ObjectMapper().readTree(file.toFile()));
    } catch (IOException e) {
      throw new ConfigException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  public boolean has(String key) {
    return node.has(key);
  }

  /** Whether the key is there with the value null. */
  public boolean isNull(String key) {
    return has(key) && node.get(key).isNull();
  }

  /** A positive whole number, 0 where the key is absent or null. */
  public int optionalInteger(String key) {
    return isNull(key) ? 0 : integer(key, 0);
  }

  public int integer(String key, int absent) {
    return has(key) ? toInt(key, node.get(key)) : absent;
  }

  public double number(String key, double absent) {
    if (!has(key)) {
      return absent;
    }
    if (!node.get(key).isNumber()) {
      throw wrong(key, "a number");
    }
    return node.get(key).doubleValue();
  }

  public boolean flag(String key, boolean absent) {
    if (!has(key)) {
      return absent;
    }
    if (!node.get(key).isBoolean()) {
      throw wrong(key, "true or false");
    }
    return node.get(key).booleanValue();
  }

  public String text(String key, String absent) {
    if (!has(key)) {
      return absent;
    }
    if (!node.get(key).isTextual()) {
      throw wrong(key, "a string");
    }
    return node.get(key).textValue();
  }

  public List<String> texts(String key, String... absent) {
    if (!has(key)) {
      return List.of(absent);
    }
    List<String> values = new ArrayList<>();
    for (JsonNode n : array(key)) {
      if (!n.isTextual()) {
        throw wrong(key, "a list of strings");
      }
      values.add(n.textValue());
    }
    return values;
  }

  public List<Integer> integers(String key, Integer... absent) {
    if (!has(key)) {
      return List.of(absent);
    }
    List<Integer> values = new ArrayList<>();
    for (JsonNode n : array(key)) {
      values.add(toInt(key, n));
    }
    return values;
  }

  /** A list of numbers. */
  public List<Double> numbers(String key, Double... absent) {
    if (!has(key)) {
      return List.of(absent);
    }
    List<Double> values = new ArrayList<>();
    for (JsonNode n : array(key)) {
      if (!n.isNumber()) {
        throw wrong(key, "a list of numbers");
      }
      values.add(n.doubleValue());
    }
    return values;
  }

  /** A list of {@code n} integers; one integer stands for n equal ones. */
  public List<Integer> integerOrList(String key, int n, int absent) {
    if (!has(key) || !node.get(key).isArray()) {
      return Collections.nCopies(n, integer(key, absent));
    }
    List<Integer> values = integers(key);
    if (values.size() != n) {
      throw wrong(key, "one integer or a list of " + n);
    }
    return values;
  }

  /** A list of {@code n} times true or false; one alone stands for n equal ones. */
  public List<Boolean> flagOrList(String key, int n, boolean absent) {
    if (!has(key) || !node.get(key).isArray()) {
      return Collections.nCopies(n, flag(key, absent));
    }
    List<Boolean> values = new ArrayList<>();
    for (JsonNode v : node.get(key)) {
      if (v.isBoolean()) {
        values.add(v.booleanValue());
      }
    }
    if (values.size() != n || node.get(key).size() != n) {
      throw wrong(key, "true, false or a list of " + n);
    }
    return values;
  }

  /** Refuses the file unless {@code key} is absent, null or one of the given values. */
  public void require(String key, Object... supported) {
    if (!has(key) || isNull(key)) {
      return;
    }
    JsonNode value = node.get(key);
    for (Object s : supported) {
      boolean same =
          s instanceof Number n
              ? value.isNumber() && value.doubleValue() == n.doubleValue()
              : value.isValueNode() && value.asText().equals(s.toString());
      if (same) {
        return;
      }
    }
    String allowed =
        supported.length == 0 ? "null" : "null or one of " + Arrays.toString(supported);
    throw new ConfigException(
        origin + ": " + key + " = " + value + " is not supported; it must be " + allowed);
  }

  /** Refuses the file where it says that its weights are stored otherwise than as numbers. */
  public void requireUnquantized() {
    JsonNode quantization = node.path("quantization_config");
    if (!quantization.isMissingNode() && !quantization.isNull()) {
      String method = quantization.path("quant_method").asText("");
      throw new ConfigException(
          (origin + " has a quantization_config")
              + (method.isEmpty() ? "" : " of " + method)
              + ", whose weights are not supported; use the model in float32, bfloat16 or float16");
    }
  }

  private JsonNode array(String key) {
    if (!node.get(key).isArray()) {
      throw wrong(key, "a list");
    }
    return node.get(key);
  }

  private int toInt(String key, JsonNode value) {
    if (!value.isNumber() || value.doubleValue() != Math.rint(value.doubleValue())) {
      throw wrong(key, "a whole number");
    }
    return value.intValue();
  }

  private ConfigException wrong(String key, String wanted) {
    return new ConfigException(
        origin + ": " + key + " must be " + wanted + " but is " + node.get(key));
  }
}
