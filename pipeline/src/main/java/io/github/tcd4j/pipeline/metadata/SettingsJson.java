package io.github.tcd4j.pipeline.metadata;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
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
  private static final int FORMAT = 2;

  /** Of pictures that were made from text alone, which the first version reads too. */
  private static final int WITHOUT_INPUT = 1;

  private static final ObjectMapper JSON = new ObjectMapper();

  private SettingsJson() {}

  /** On one line, the keys in a fixed order. */
  public static String write(GenerationSettings s) {
    ObjectNode o = JSON.createObjectNode();
    boolean plain = !s.input().present() && !s.adapters().present();
    o.put("format", plain ? WITHOUT_INPUT : FORMAT);
    o.put("version", s.version());
    o.put("engine", s.machine().engine());
    write(o, s.model());
    o.put("prompt", s.prompt().text());
    if (s.prompt().negative() != null) {
      o.put("negative", s.prompt().negative());
    }
    o.put("sampler", s.sampler());
    o.put("steps", s.steps());
    write(o, s.sampling().knobs());
    o.put("guidance", s.guidance());
    write(o, s.position());
    o.put("width", s.width());
    o.put("height", s.height());
    if (!s.size().conditioning().equals(SizeConditioning.OWN)) {
      o.set("framing", JSON.valueToTree(s.size().conditioning()));
    }
    if (s.input().present()) {
      InputJson.write(o.putObject("input"), s.input());
    }
    if (s.adapters().present()) {
      AdapterJson.write(o.putObject("adapters"), s.adapters());
    }
    write(o.putObject("reading"), s.prompt());
    var loras = o.putArray("loras");
    for (ResolvedLora lora : s.loras()) {
      loras
          .addObject()
          .put("name", FileName.of(lora.name()))
          .put("weight", lora.weight())
          .put("sha256", lora.sha256());
    }
    o.put("dtype", s.compute().dtype().name());
    if (s.compute().tiling()) {
      o.put("tiling", true);
    }
    o.put("device", s.machine().device());
    o.put("threads", s.threads());
    if (s.sampling().spacing() != null) {
      o.put("spacing", s.sampling().spacing());
    }
    if (s.sampling().prediction() != null) {
      o.put("prediction", s.sampling().prediction());
    }
    if (s.sampling().hooked()) {
      o.put("hooked", true);
    }
    return o.toString();
  }

  private static void write(ObjectNode o, ModelIdentity model) {
    o.put("model", FileName.of(model.name()));
    o.put("fingerprint", model.fingerprint());
    path(o, "tokenizer", model.overrides().tokenizer());
    path(o, "text_encoder", model.overrides().textEncoder());
    path(o, "vae", model.overrides().vae());
  }

  private static void write(ObjectNode o, SamplerSettings knobs) {
    if (knobs.timesteps() != null) {
      knobs.timesteps().forEach(o.putArray("timesteps")::add);
    }
    if (knobs.gamma() instanceof Gamma.Constant constant) {
      o.put("gamma", constant.value());
    } else if (knobs.gamma() != null) {
      knobs.gamma().values().forEach(o.putArray("gamma")::add);
    }
    if (knobs.eta() != null) {
      o.put("eta", knobs.eta());
    }
  }

  private static void write(ObjectNode o, BatchPosition position) {
    o.put("seed", Seed.number(position.seed()));
    ObjectNode batch =
        o.putObject("batch")
            .put("seed", Seed.number(position.batchSeed()))
            .put("size", position.size())
            .put("index", position.index());
    if (position.shared()) {
      batch.put("shared", true);
    }
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
   * Reads what {@link #write} wrote, the names of files without folders.
   *
   * @param origin what to call it in messages, such as the picture's path
   * @throws ModelException if it is anything else
   */
  public static GenerationSettings read(String origin, String text) {
    try {
      ConfigFields f = new ConfigFields(origin, JSON.readTree(text));
      int format = f.integer("format", 0);
      if (format < WITHOUT_INPUT || format > FORMAT) {
        throw new ModelException(
            (origin + " holds settings of format " + format + " but only those up to " + FORMAT)
                + " are known");
      }
      return new GenerationSettings(
          model(f),
          prompt(f),
          sampling(f),
          new ImageSize(f.integer("width", 0), f.integer("height", 0), conditioning(f)),
          InputJson.read(f),
          AdapterJson.read(f),
          loras(f),
          position(f),
          new ComputeSettings(
              DType.valueOf(text(f, "dtype")), f.flag("tiling", false), f.integer("threads", 0)),
          new Machine(text(f, "device"), text(f, "engine")),
          text(f, "version"));
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

  private static ModelIdentity model(ConfigFields f) {
    return new ModelIdentity(
        text(f, "model"),
        text(f, "fingerprint"),
        new ComponentOverrides(path(f, "tokenizer"), path(f, "text_encoder"), path(f, "vae")));
  }

  private static SamplingSettings sampling(ConfigFields f) {
    List<Double> timesteps = numbers(f, "timesteps");
    SamplerSettings knobs =
        new SamplerSettings(
            timesteps == null ? f.integer("steps", 0) : null,
            timesteps,
            gamma(f),
            f.has("eta") ? Double.valueOf(f.number("eta", 0)) : null,
            null);
    return new SamplingSettings(
        text(f, "sampler"),
        knobs,
        f.number("guidance", 1),
        optional(f, "spacing"),
        optional(f, "prediction"),
        f.flag("hooked", false));
  }

  /** A number, or a list, which pictures of version 0.1.0 have under {@code gammas}. */
  private static @Nullable Gamma gamma(ConfigFields f) {
    List<Double> list = numbers(f, "gammas");
    if (list == null && f.node().path("gamma").isArray()) {
      list = numbers(f, "gamma");
    }
    if (list != null) {
      return Gamma.of(list);
    }
    return f.has("gamma") ? Gamma.of(f.number("gamma", 0)) : null;
  }

  private static BatchPosition position(ConfigFields f) {
    ConfigFields batch = new ConfigFields(f.origin() + ", batch", f.node().path("batch"));
    return new BatchPosition(
        seed(batch),
        batch.integer("size", 0),
        batch.integer("index", 0),
        batch.flag("shared", false));
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

  private static @Nullable List<Double> numbers(ConfigFields f, String key) {
    JsonNode array = f.node().get(key);
    if (array == null) {
      return null;
    }
    List<Double> numbers = new ArrayList<>();
    for (JsonNode n : array) {
      if (!n.isNumber()) {
        throw new ConfigException(f.origin() + ": " + key + " must be numbers but has " + n);
      }
      numbers.add(n.asDouble());
    }
    return numbers;
  }

  private static SizeConditioning conditioning(ConfigFields f) throws JsonProcessingException {
    return f.has("framing")
        ? JSON.treeToValue(f.node().get("framing"), SizeConditioning.class)
        : SizeConditioning.OWN;
  }

  /** Pictures from before there was syntax were read without any. */
  private static PromptSettings prompt(ConfigFields f) {
    PromptSettings words =
        PromptSettings.PLAIN.withText(text(f, "prompt")).withNegative(optional(f, "negative"));
    if (!f.has("reading")) {
      return words;
    }
    ConfigFields r = new ConfigFields(f.origin() + ", reading", f.node().get("reading"));
    List<EmbeddingFile> embeddings = new ArrayList<>();
    for (JsonNode node : r.node().path("embeddings")) {
      ConfigFields e = new ConfigFields(r.origin() + ", embeddings", node);
      embeddings.add(new EmbeddingFile(text(e, "file"), text(e, "sha256")));
    }
    Integer skip = r.has("clipSkip") ? Integer.valueOf(r.integer("clipSkip", 1)) : null;
    return words
        .withSyntax(PromptSyntax.parse(text(r, "syntax")))
        .withClipSkip(skip)
        .withEmbeddings(embeddings);
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
