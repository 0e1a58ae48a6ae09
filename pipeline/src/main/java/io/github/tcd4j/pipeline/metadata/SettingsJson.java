package io.github.tcd4j.pipeline.metadata;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.pipeline.checkpoint.ComponentOverrides;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.lora.ResolvedLora;
import io.github.tcd4j.pipeline.prompt.EmbeddingFile;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import io.github.tcd4j.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@link GenerationSettings} as the JSON of a PNG's {@code tcd4j} text; floats are exact. Of files
 * it keeps names and hashes, no folders: see {@link FileName}. Pictures of old versions have whole
 * paths.
 */
public final class SettingsJson {
  /** Raised when an old reader would misunderstand. */
  private static final int FORMAT = 1;

  private static final ObjectMapper JSON = new ObjectMapper();

  private SettingsJson() {}

  /** On one line, the keys in a fixed order. */
  public static String write(GenerationSettings s) {
    ObjectNode o = JSON.createObjectNode();
    o.put("format", FORMAT);
    o.put("version", s.version());
    o.put("engine", s.engine());
    o.put("model", FileName.of(s.model()));
    o.put("fingerprint", s.fingerprint());
    path(o, "tokenizer", s.others().tokenizer());
    path(o, "text_encoder", s.others().textEncoder());
    path(o, "vae", s.others().vae());
    o.put("prompt", s.prompt());
    if (s.negative() != null) {
      o.put("negative", s.negative());
    }
    o.put("sampler", s.sampler());
    o.put("steps", s.steps());
    if (s.timesteps() != null) {
      s.timesteps().forEach(o.putArray("timesteps")::add);
    }
    if (s.gamma() != null) {
      o.put("gamma", s.gamma());
    }
    if (s.gammas() != null) {
      s.gammas().forEach(o.putArray("gammas")::add);
    }
    if (s.eta() != null) {
      o.put("eta", s.eta());
    }
    o.put("guidance", s.guidance());
    o.put("seed", Seed.number(s.seed()));
    o.putObject("batch")
        .put("seed", Seed.number(s.batchSeed()))
        .put("size", s.batch())
        .put("index", s.index());
    o.put("width", s.width());
    o.put("height", s.height());
    if (!s.framing().equals(SizeConditioning.OWN)) {
      o.set("framing", JSON.valueToTree(s.framing()));
    }
    write(o.putObject("reading"), s.reading());
    var loras = o.putArray("loras");
    for (ResolvedLora lora : s.loras()) {
      loras
          .addObject()
          .put("name", FileName.of(lora.name()))
          .put("weight", lora.weight())
          .put("sha256", lora.sha256());
    }
    o.put("dtype", s.dtype().name());
    if (s.tiling()) {
      o.put("tiling", true);
    }
    o.put("device", s.device());
    o.put("threads", s.threads());
    if (s.spacing() != null) {
      o.put("spacing", s.spacing());
    }
    if (s.prediction() != null) {
      o.put("prediction", s.prediction());
    }
    return o.toString();
  }

  private static void write(ObjectNode o, PromptSettings reading) {
    o.put("syntax", reading.syntax().key());
    if (reading.clipSkip() != null) {
      o.put("clipSkip", reading.clipSkip());
    }
    for (EmbeddingFile e : reading.embeddings()) {
      o.withArray("embeddings")
          .addObject()
          .put("file", FileName.of(e.file()))
          .put("sha256", e.sha256());
    }
  }

  /**
   * Reads what {@link #write} wrote, the names of files without folders; {@link
   * GenerationSettings#located} says where these are.
   *
   * @param origin what to call it in messages, such as the picture's path
   * @throws ModelException if it is anything else
   */
  public static GenerationSettings read(String origin, String text) {
    try {
      ConfigFields f = new ConfigFields(origin, JSON.readTree(text));
      int format = f.integer("format", 0);
      if (format != FORMAT) {
        throw new ModelException(
            origin + " holds settings of format " + format + " but only " + FORMAT + " is known");
      }
      ConfigFields batch = new ConfigFields(origin + ", batch", f.node().path("batch"));
      return new GenerationSettings(
          text(f, "model"),
          text(f, "fingerprint"),
          new ComponentOverrides(path(f, "tokenizer"), path(f, "text_encoder"), path(f, "vae")),
          text(f, "prompt"),
          optional(f, "negative"),
          text(f, "sampler"),
          f.integer("steps", 0),
          numbers(f.node().get("timesteps")),
          f.has("gamma") ? Double.valueOf(f.number("gamma", 0)) : null,
          numbers(f.node().get("gammas")),
          f.has("eta") ? Double.valueOf(f.number("eta", 0)) : null,
          f.number("guidance", 1),
          seed(batch),
          batch.integer("size", 0),
          batch.integer("index", 0),
          f.integer("width", 0),
          f.integer("height", 0),
          framing(f),
          reading(f),
          loras(f),
          DType.valueOf(text(f, "dtype")),
          f.flag("tiling", false),
          text(f, "device"),
          f.integer("threads", 0),
          optional(f, "spacing"),
          optional(f, "prediction"),
          text(f, "version"),
          text(f, "engine"));
    } catch (JsonProcessingException
        | ConfigException
        | IllegalArgumentException
        | InvalidRequestException e) {
      throw new ModelException(origin + " holds settings that cannot be read: " + firstLine(e), e);
    }
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private static long seed(ConfigFields batch) {
    JsonNode seed = batch.node().path("seed");
    if (!seed.isIntegralNumber()) {
      throw new ConfigException(batch.origin() + ": seed must be a whole number but is " + seed);
    }
    return Seed.of(seed.bigIntegerValue());
  }

  private static String text(ConfigFields f, String key) {
    if (!f.has(key)) {
      throw new ConfigException(f.origin() + " lacks " + key);
    }
    return f.text(key, "");
  }

  private static void path(ObjectNode o, String key, @Nullable Path path) {
    if (path != null) {
      o.put(key, FileName.of(path.toString()));
    }
  }

  private static @Nullable Path path(ConfigFields f, String key) {
    String path = optional(f, key);
    return path == null ? null : Path.of(path);
  }

  private static @Nullable String optional(ConfigFields f, String key) {
    return f.has(key) ? f.text(key, "") : null;
  }

  private static @Nullable List<Double> numbers(@Nullable JsonNode array) {
    if (array == null) {
      return null;
    }
    List<Double> numbers = new ArrayList<>();
    array.forEach(n -> numbers.add(n.asDouble()));
    return numbers;
  }

  private static SizeConditioning framing(ConfigFields f) throws JsonProcessingException {
    return f.has("framing")
        ? JSON.treeToValue(f.node().get("framing"), SizeConditioning.class)
        : SizeConditioning.OWN;
  }

  /** Pictures from before there was syntax were read without any. */
  private static PromptSettings reading(ConfigFields f) {
    if (!f.has("reading")) {
      return PromptSettings.PLAIN;
    }
    ConfigFields r = new ConfigFields(f.origin() + ", reading", f.node().get("reading"));
    List<EmbeddingFile> embeddings = new ArrayList<>();
    for (JsonNode node : r.node().path("embeddings")) {
      ConfigFields e = new ConfigFields(r.origin() + ", embeddings", node);
      embeddings.add(new EmbeddingFile(text(e, "file"), text(e, "sha256")));
    }
    Integer skip = r.has("clipSkip") ? Integer.valueOf(r.integer("clipSkip", 1)) : null;
    return new PromptSettings(PromptSyntax.parse(text(r, "syntax")), skip, embeddings);
  }

  private static List<ResolvedLora> loras(ConfigFields f) {
    List<ResolvedLora> loras = new ArrayList<>();
    for (JsonNode node : f.node().path("loras")) {
      ConfigFields lora = new ConfigFields(f.origin() + ", loras", node);
      loras.add(
          new ResolvedLora(text(lora, "name"), lora.number("weight", 1), text(lora, "sha256")));
    }
    return loras;
  }
}
