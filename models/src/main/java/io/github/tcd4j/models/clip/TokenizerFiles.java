package io.github.tcd4j.models.clip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the files of a tokenizer say, in either layout. Named tokens come from {@code
 * tokenizer_config.json}; {@code special_tokens_map.json} overrides it where it has no {@code
 * added_tokens_decoder}, as in transformers.
 *
 * @param vocabulary ids by token, added tokens included
 * @param merges pairs of tokens, the most urgent first
 * @param added the tokens that are found in a text before it is cut into words
 */
record TokenizerFiles(
    Map<String, Integer> vocabulary,
    List<String[]> merges,
    List<AddedToken> added,
    String bos,
    String eos,
    String pad,
    String unknown,
    int maxLength) {
  /** Found in the raw text, or, where {@code normalized}, in the cleaned one. */
  record AddedToken(String text, boolean normalized) {}

  static final String BOS = "<|startoftext|>";
  static final String EOS = "<|endoftext|>";
  static final int CLIP_LENGTH = 77;
  private static final int LONGEST = 1_000_000;

  /** As if a file named another token for padding, which then is one of the added tokens too. */
  TokenizerFiles withPad(String token) {
    List<AddedToken> all = new ArrayList<>(added);
    if (added.stream().noneMatch(t -> t.text().equals(token))) {
      all.add(new AddedToken(token, false));
    }
    return new TokenizerFiles(vocabulary, merges, all, bos, eos, token, unknown, maxLength);
  }

  static TokenizerFiles read(Path path) {
    boolean folder = Files.isDirectory(path);
    Path parent = folder ? path : path.toAbsolutePath().getParent();
    if (parent == null || !Files.exists(path)) {
      throw new ConfigException(path + " does not exist; a tokenizer folder or tokenizer.json");
    }
    Path whole = folder ? path.resolve("tokenizer.json") : path;
    boolean two =
        folder
            && Files.exists(path.resolve("vocab.json"))
            && Files.exists(path.resolve("merges.txt"));
    if (!two && !Files.exists(whole)) {
      throw new ConfigException(
          path + " holds neither vocab.json and merges.txt nor tokenizer.json");
    }
    Reader reader = new Reader(path.toString());
    ConfigFields settings = optional(parent.resolve("tokenizer_config.json"));
    if (two) {
      reader.vocabulary(ConfigFields.read(path.resolve("vocab.json")));
      reader.merges(path.resolve("merges.txt"));
    } else {
      reader.whole(ConfigFields.read(whole));
    }
    if (settings != null) {
      reader.settings(settings);
    }
    ConfigFields more = optional(parent.resolve("added_tokens.json"));
    if (more != null) {
      reader.more(more);
    }
    ConfigFields named = optional(parent.resolve("special_tokens_map.json"));
    if (named != null && (settings == null || !settings.has("added_tokens_decoder"))) {
      reader.named(named);
    }
    return reader.finish();
  }

  private static @Nullable ConfigFields optional(Path file) {
    return Files.exists(file) ? ConfigFields.read(file) : null;
  }

  /** Gathers what one file after another says. */
  private static final class Reader {
    private final String origin;
    private final Map<String, Integer> vocabulary = new LinkedHashMap<>();
    private final List<String[]> merges = new ArrayList<>();
    private final Map<String, AddedToken> added = new LinkedHashMap<>();
    private final Map<String, String> names = new LinkedHashMap<>();
    private int maxLength = CLIP_LENGTH;

    Reader(String origin) {
      this.origin = origin;
      for (String key : List.of("eos_token", "pad_token", "unk_token")) {
        names.put(key, EOS);
      }
      names.put("bos_token", BOS);
    }

    void vocabulary(ConfigFields file) {
      for (Map.Entry<String, JsonNode> e : file.node().properties()) {
        id(file.origin(), e.getKey(), e.getValue());
      }
    }

    private void id(String file, String token, JsonNode id) {
      if (!id.isInt() || id.intValue() < 0) {
        throw new ConfigException(
            file + ": the id of " + token + " must be a whole number from 0 but is " + id);
      }
      vocabulary.put(token, id.intValue());
    }

    void merges(Path file) {
      try {
        for (String line : Files.readAllLines(file)) {
          if (!line.isEmpty() && !line.startsWith("#version")) {
            merge(file.toString(), line.split(" ", -1));
          }
        }
      } catch (IOException e) {
        throw new ConfigException("cannot read " + file + ": " + e.getMessage(), e);
      }
    }

    private void merge(String file, String[] pair) {
      if (pair.length != 2) {
        throw new ConfigException(
            String.format(
                "%s: merge %d must be two tokens with a blank between them but is: %s",
                file, merges.size() + 1, String.join(" ", pair)));
      }
      merges.add(pair);
    }

    void whole(ConfigFields file) {
      ConfigFields model = object(file, "model");
      model.require("type", "BPE");
      model.require("dropout", 0);
      model.require("continuing_subword_prefix", "");
      model.require("byte_fallback", false);
      JsonNode suffix = model.node().path("end_of_word_suffix");
      if (!suffix.asText().equals(BytePairs.END_OF_WORD)) {
        throw new ConfigException(
            model.origin()
                + ": end_of_word_suffix must be </w> but is "
                + (suffix.isTextual() ? suffix : "absent")
                + "; this is not a CLIP tokenizer");
      }
      names.put("unk_token", model.node().path("unk_token").asText(EOS));
      vocabulary(object(model, "vocab"));
      for (JsonNode m : model.node().path("merges")) {
        String[] pair = m.isArray() ? new String[m.size()] : m.asText().split(" ", -1);
        for (int i = 0; m.isArray() && i < pair.length; i++) {
          pair[i] = m.get(i).asText();
        }
        merge(model.origin(), pair);
      }
      for (JsonNode token : file.node().path("added_tokens")) {
        added(file.origin(), token);
        id(file.origin(), token.path("content").asText(), token.path("id"));
      }
      length(file.node().at("/truncation/max_length"));
      JsonNode pad = file.node().at("/padding/pad_token");
      if (pad.isTextual()) {
        names.put("pad_token", pad.textValue());
      }
    }

    void settings(ConfigFields file) {
      file.require("padding_side", "right");
      file.require("truncation_side", "right");
      named(file);
      for (Map.Entry<String, JsonNode> e : file.node().path("added_tokens_decoder").properties()) {
        added(file.origin(), e.getValue());
        int id = e.getKey().matches("\\d{1,9}") ? Integer.parseInt(e.getKey()) : -1;
        id(file.origin(), e.getValue().path("content").asText(), IntNode.valueOf(id));
      }
      length(file.node().path("model_max_length"));
    }

    /** The oldest way to add tokens: ids by text. They are cleaned like the text around them. */
    void more(ConfigFields file) {
      vocabulary(file);
      for (String text : file.node().properties().stream().map(Map.Entry::getKey).toList()) {
        added.putIfAbsent(text, new AddedToken(text, !names.containsValue(text)));
      }
    }

    /** A limit that is no limit, as transformers writes for "unknown", counts as absent. */
    private void length(JsonNode value) {
      if (value.isNumber() && value.doubleValue() <= LONGEST) {
        maxLength = value.intValue();
      }
    }

    /** Names are written as the token alone or as an object with flags. */
    void named(ConfigFields file) {
      for (String key : List.copyOf(names.keySet())) {
        JsonNode value = file.node().path(key);
        if (value.isObject()) {
          added(file.origin(), value);
          names.put(key, value.path("content").asText());
        } else if (value.isTextual()) {
          names.put(key, value.textValue());
        }
      }
    }

    private void added(String file, JsonNode token) {
      String text = token.path("content").asText();
      if (text.isEmpty() || token.path("single_word").asBoolean()) {
        throw new ConfigException(
            file + ": an added token must have content and not be single_word but is " + token);
      }
      added.put(text, new AddedToken(text, token.path("normalized").asBoolean()));
    }

    TokenizerFiles finish() {
      for (String text : names.values()) {
        added.putIfAbsent(text, new AddedToken(text, false));
      }
      for (String text : added.keySet()) {
        if (!vocabulary.containsKey(text)) {
          throw new ConfigException(origin + ": the vocabulary lacks the special token " + text);
        }
      }
      if (maxLength < 3) {
        throw new ConfigException(
            origin + ": model_max_length must be at least 3 but is " + maxLength);
      }
      return new TokenizerFiles(
          vocabulary,
          merges,
          List.copyOf(added.values()),
          name("bos_token"),
          name("eos_token"),
          name("pad_token"),
          name("unk_token"),
          maxLength);
    }

    private String name(String key) {
      return names.getOrDefault(key, EOS);
    }

    private static ConfigFields object(ConfigFields file, String key) {
      if (!file.has(key)) {
        throw new ConfigException(file.origin() + " lacks " + key + "; is it a tokenizer.json?");
      }
      return new ConfigFields(file.origin() + ", " + key, file.node().get(key));
    }
  }
}
