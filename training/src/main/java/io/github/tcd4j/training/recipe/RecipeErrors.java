package io.github.tcd4j.training.recipe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** For what Jackson could not read: the entry, its value and what is allowed. */
final class RecipeErrors {
  private static final Set<Class<?>> WHOLE = Set.of(int.class, long.class, Integer.class);
  private static final Set<Class<?>> REAL = Set.of(double.class, Double.class);

  private RecipeErrors() {}

  /** One sentence; {@code tree} is what was read. */
  static String sentence(JsonNode tree, JsonProcessingException e) {
    if (e instanceof UnrecognizedPropertyException unknown) {
      return unknown.getKnownPropertyIds().stream()
          .map(Object::toString)
          .sorted()
          .collect(
              Collectors.joining(
                  ", ", "unknown entry " + unknown.getPropertyName() + "; known are ", ""));
    }
    String entry = e instanceof JsonMappingException mapping ? name(mapping) : "";
    if (e.getCause() instanceof RecipeException ours) {
      return String.valueOf(ours.getMessage());
    }
    if (e.getCause() instanceof InvalidRequestException range) {
      return (entry.isEmpty() ? "" : entry + ": ") + range.getMessage();
    }
    if (e.getCause() instanceof NullPointerException) {
      return (entry.isEmpty() ? "an" : entry + ": an") + " entry has no value";
    }
    if (e instanceof MismatchedInputException mismatch) {
      JsonNode value = at(tree, mismatch);
      return value.isMissingNode()
          ? entry + " is missing"
          : entry + " must be " + expected(mismatch.getTargetType()) + " but was " + shown(value);
    }
    return firstLine(e);
  }

  /** Where YAML itself is broken, and why. */
  static String place(JsonProcessingException e) {
    return e.getLocation() == null
        ? firstLine(e)
        : "line " + e.getLocation().getLineNr() + ": " + firstLine(e);
  }

  /** Jackson's messages go on with the source and the path in lines of their own. */
  private static String firstLine(JsonProcessingException e) {
    String message = e.getOriginalMessage();
    return message == null ? "it cannot be read" : message.lines().findFirst().orElse("");
  }

  private static String name(JsonMappingException e) {
    StringBuilder name = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      if (step.getFieldName() == null) {
        name.append('[').append(step.getIndex()).append(']');
      } else {
        name.append(name.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return name.toString();
  }

  private static JsonNode at(JsonNode tree, JsonMappingException e) {
    JsonNode node = tree;
    for (JsonMappingException.Reference step : e.getPath()) {
      JsonNode next =
          step.getFieldName() == null ? node.get(step.getIndex()) : node.get(step.getFieldName());
      node = next == null ? MissingNode.getInstance() : next;
    }
    return node;
  }

  private static String expected(@Nullable Class<?> type) {
    if (type == null || type.isRecord()) {
      return "a group of entries";
    }
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(c -> c.toString().toLowerCase(Locale.ROOT))
          .collect(Collectors.joining(", ", "one of [", "]"));
    }
    if (List.class.isAssignableFrom(type)) {
      return "a list";
    }
    if (type == boolean.class) {
      return "true or false";
    }
    return WHOLE.contains(type) ? "a whole number" : REAL.contains(type) ? "a number" : "a text";
  }

  private static String shown(JsonNode value) {
    return value.isNull() ? "left empty" : value.isTextual() ? value.asText() : value.toString();
  }
}
