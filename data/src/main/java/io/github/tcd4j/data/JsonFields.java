package io.github.tcd4j.data;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** The JSON object next to an image. Python writes NaN into such files, so that is read. */
record JsonFields(JsonNode object) {
  /** Fields that hold a caption, best first: of img2dataset, Hugging Face, and trainers. */
  static final List<String> CAPTIONS =
      List.of("caption", "text", "prompt", "description", "captions");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  static final JsonFields NONE = new JsonFields(JsonNodeFactory.instance.objectNode());

  static JsonFields read(byte[] json) throws UnusableSample {
    try {
      JsonNode node = JSON.readTree(json);
      if (!node.isObject()) {
        throw new UnusableSample("with JSON that is no object");
      }
      return new JsonFields(node);
    } catch (IOException e) {
      throw new UnusableSample("with JSON that cannot be read");
    }
  }

  /** The first caption that is not blank, whatever the case of its field; empty for none. */
  String caption() {
    for (String name : CAPTIONS) {
      for (Map.Entry<String, JsonNode> field : object.properties()) {
        if (field.getKey().toLowerCase(Locale.ROOT).equals(name)) {
          String text = first(field.getValue());
          if (!text.isEmpty()) {
            return text;
          }
        }
      }
    }
    return "";
  }

  /** A text, or the first of a list of texts, as data sets with several captions have. */
  private static String first(JsonNode value) {
    if (value.isArray()) {
      return StreamSupport.stream(value.spliterator(), false)
          .map(JsonFields::first)
          .filter(text -> !text.isEmpty())
          .findFirst()
          .orElse("");
    }
    return value.isTextual() ? value.asText().strip() : "";
  }

  Map<String, String> texts() {
    Map<String, String> texts = new LinkedHashMap<>();
    object.properties().forEach(e -> texts.put(e.getKey(), text(e.getValue())));
    return texts;
  }

  private static String text(JsonNode value) {
    if (value.isArray()) {
      return StreamSupport.stream(value.spliterator(), false)
          .map(JsonFields::text)
          .collect(Collectors.joining(", "));
    }
    return value.isObject() ? value.toString() : value.asText();
  }
}
