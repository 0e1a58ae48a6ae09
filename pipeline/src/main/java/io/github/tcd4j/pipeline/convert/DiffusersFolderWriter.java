package io.github.tcd4j.pipeline.convert;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.clip.ClipVocabulary;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.pipeline.checkpoint.LowResScheduler;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.checkpoint.TextFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The small files of a folder in diffusers' layout that a model is written to. */
public final class DiffusersFolderWriter {
  private static final ObjectMapper JSON = new ObjectMapper();

  private DiffusersFolderWriter() {}

  /** Writes a JSON file as diffusers does, one entry a line. */
  public static void write(Path file, JsonNode json) throws IOException {
    Files.writeString(file, json.toPrettyString() + "\n");
  }

  /**
   * The index of the components that are written: any other, as a safety checker, is listed as
   * null.
   */
  public static ObjectNode index(ModelFolder model) {
    Set<String> written = new HashSet<>(Set.of("scheduler"));
    for (Component component : model.components()) {
      written.add(component.folder());
      written.add(String.valueOf(component.tokenizer()));
    }
    if (model.upscales()) {
      written.add(LowResScheduler.FOLDER);
    }
    ObjectNode index = model.indexJson().deepCopy();
    for (String key : index.properties().stream().map(Map.Entry::getKey).toList()) {
      JsonNode value = index.get(key);
      if (value.isArray() && value.size() == 2 && !written.contains(key)) {
        index.putArray(key).addNull().addNull();
      }
    }
    if (index.has("vae")) {
      index.putArray("vae").add("diffusers").add(model.autoencoder().className());
    }
    return index;
  }

  /** The files of a tokenizer, copied where there are any, which pads as the model's does. */
  public static void tokenizer(ModelFolder model, Component component, Path to) throws IOException {
    Files.createDirectories(to);
    Path from = model.tokenizerFolder(component);
    if (from == null) {
      ClipVocabulary.write(to);
    } else {
      copy(from, to);
    }
    ClipTokenizer tokenizer = model.tokenizer(component);
    if (ClipTokenizer.load(to).padTokenId() != tokenizer.padTokenId()) {
      pad(to.resolve("tokenizer_config.json"), tokenizer.padToken());
      if (Files.exists(to.resolve("special_tokens_map.json"))) {
        pad(to.resolve("special_tokens_map.json"), tokenizer.padToken());
      }
    }
  }

  /** The {@code config.json} of a network: the folder's own where there is one. */
  public static JsonNode config(ModelFolder model, Component component) {
    try {
      boolean own = model.config(component).endsWith("config.json");
      if (own && (component != Component.VAE || model.otherVae() == null)) {
        return JSON.readTree(Files.readString(model.config(component)));
      }
      return switch (component) {
        case UNET -> JSON.readTree(model.unet().toJson());
        case VAE -> JSON.readTree(model.autoencoder().toJson());
        default -> model.text(component).toJson();
      };
    } catch (JsonProcessingException e) {
      throw new ModelException(model.config(component) + " is not valid JSON", e);
    } catch (IOException e) {
      throw new ModelException("cannot read " + model.config(component) + ": " + e.getMessage(), e);
    }
  }

  private static void pad(Path file, String token) throws IOException {
    ObjectNode json =
        Files.exists(file)
            ? (ObjectNode) JSON.readTree(Files.readString(file))
            : JsonNodeFactory.instance.objectNode().put("tokenizer_class", "CLIPTokenizer");
    write(file, json.put("pad_token", token));
  }

  private static void copy(Path from, Path to) throws IOException {
    for (Path file : TextFiles.in(from)) {
      Files.writeString(to.resolve(String.valueOf(file.getFileName())), Files.readString(file));
    }
  }
}
