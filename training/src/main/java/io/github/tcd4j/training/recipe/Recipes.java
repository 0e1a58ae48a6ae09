package io.github.tcd4j.training.recipe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads and writes recipes; an entry that is unknown, missing or out of range is an error. */
public final class Recipes {
  private static final YAMLMapper YAML =
      YAMLMapper.builder(
              YAMLFactory.builder()
                  .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                  .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                  .build())
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build();

  private Recipes() {}

  /**
   * Reads a recipe file.
   *
   * @param overrides entries to set, each {@code a.b=value}; the value is read as YAML
   */
  public static Recipe read(Path file, List<String> overrides) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new RecipeException("there is no recipe " + file);
    }
    JsonNode tree;
    try {
      tree = YAML.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw new RecipeException(file + " is no YAML: " + RecipeErrors.place(e), e);
    }
    if (!(tree instanceof ObjectNode root)) {
      throw new RecipeException(file + " must hold entries KEY: VALUE");
    }
    for (String override : overrides) {
      override(root, override);
    }
    spellOut(root, Recipe.class);
    return convert(file.toString(), root, Recipe.class);
  }

  private static void override(ObjectNode root, String text) {
    int eq = text.indexOf('=');
    if (eq < 1) {
      throw new RecipeException("an override must be KEY=VALUE but was " + text);
    }
    String[] path = text.substring(0, eq).split("\\.", -1);
    ObjectNode node = root;
    for (int i = 0; i + 1 < path.length; i++) {
      if (!(node.get(path[i]) instanceof ObjectNode child)) {
        throw new RecipeException(
            "override " + text + ": the recipe has no group " + path[i] + "; it has " + keys(node));
      }
      node = child;
    }
    String last = path[path.length - 1];
    // An optional entry may not be there yet; what is unknown is refused where the recipe is
    // read.
    node.set(last, value(text, text.substring(eq + 1)));
  }

  private static JsonNode value(String text, String yaml) {
    JsonNode value;
    try {
      value = YAML.readTree(yaml);
    } catch (JsonProcessingException e) {
      throw new RecipeException("override " + text + ": the value is no YAML", e);
    }
    if (value.isMissingNode()) {
      throw new RecipeException("override " + text + ": there is no value; null is one");
    }
    return value;
  }

  private static String keys(ObjectNode node) {
    return node.properties().stream().map(e -> e.getKey()).collect(Collectors.joining(", "));
  }

  /**
   * The task's own entries as a record of type {@code type}. What that record, or one inside of it,
   * declares as {@code Nullable} may be left out.
   */
  public static <T extends Record> T settings(Recipe recipe, Class<T> type) {
    if (!recipe.settings().isObject()) {
      throw new RecipeException("settings must hold entries KEY: VALUE");
    }
    JsonNode whole = recipe.settings().deepCopy();
    spellOut(whole, type);
    return convert("settings", whole, type);
  }

  private static void spellOut(@Nullable JsonNode node, Class<?> type) {
    if (!type.isRecord() || !(node instanceof ObjectNode group)) {
      return;
    }
    for (RecordComponent c : type.getRecordComponents()) {
      String name = PropertyNamingStrategies.SnakeCaseStrategy.INSTANCE.translate(c.getName());
      if (c.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
        group.putIfAbsent(name, group.nullNode());
      }
      spellOut(group.get(name), c.getType());
    }
  }

  private static <T> T convert(String where, JsonNode node, Class<T> type) {
    try {
      return YAML.treeToValue(node, type);
    } catch (JsonProcessingException e) {
      throw new RecipeException(where + ": " + RecipeErrors.sentence(node, e), e);
    }
  }

  /** The recipe as YAML, every entry spelled out. */
  public static String toYaml(Recipe recipe) {
    try {
      return YAML.writeValueAsString(recipe);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a recipe that was read can be written", e);
    }
  }
}
