package io.github.tcd4j.server.jobs;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import io.github.tcd4j.server.api.Answer;
import io.github.tcd4j.server.api.ParametersText;
import io.github.tcd4j.server.api.RequestJson;
import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JsonBody;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The settings inside a picture, as a request that can be sent again. */
public final class PictureSettingsApi {
  private PictureSettingsApi() {}

  /** Adds its address. */
  public static void addTo(RoutesConfig routes) {
    routes.post("/api/picture-settings", PictureSettingsApi::read);
  }

  private static void read(Context ctx) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    try {
      PngMetadata png =
          PngMetadata.read(Path.of("the picture"), JsonBody.bytes(ctx, JsonBody.LARGE));
      String own = png.texts().get(PngMetadata.TCD4J);
      String parameters = png.parameters();
      if (own != null) {
        answer.set("request", RequestJson.of(SettingsJson.read("the picture", own), 1));
        answer.put("exact", true);
      } else if (parameters != null) {
        answer.set("request", request(ParametersText.parse(parameters)));
        answer.put("exact", false);
      } else {
        throw HttpProblem.invalid("picture", "the picture contains no settings");
      }
    } catch (HttpProblem e) {
      throw e;
    } catch (Tcd4jException e) {
      throw HttpProblem.invalid("picture", String.valueOf(e.getMessage()));
    }
    Answer.json(ctx, answer);
  }

  /** What of another program's picture has the same meaning here. */
  private static ObjectNode request(ParametersText text) {
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    o.put("prompt", text.prompt());
    if (text.negative() != null) {
      o.put("negative", text.negative());
    }
    Map<String, String> pairs = text.pairs();
    String sampler = pairs.get("Sampler");
    if (sampler != null) {
      boolean karras = "Karras".equals(pairs.get("Schedule type")) && !sampler.endsWith("Karras");
      String label = karras ? sampler + " Karras" : sampler;
      Samplers.all().stream()
          .filter(s -> s.label().equalsIgnoreCase(label))
          .map(SamplerDescriptor::name)
          .findFirst()
          .ifPresent(name -> o.put("sampler", name));
    }
    whole(o, "steps", pairs.get("Steps"));
    whole(o, "seed", pairs.get("Seed"));
    number(o, "guidance", pairs.get("CFG scale"));
    number(o, "gamma", pairs.get("Gamma"));
    String size = pairs.get("Size");
    if (size != null && size.matches("[0-9]{1,4}x[0-9]{1,4}")) {
      whole(o, "width", size.substring(0, size.indexOf('x')));
      whole(o, "height", size.substring(size.indexOf('x') + 1));
    }
    return o;
  }

  private static void whole(ObjectNode o, String key, @Nullable String value) {
    if (value != null && value.matches("[0-9]{1,18}")) {
      o.put(key, Long.parseLong(value));
    }
  }

  private static void number(ObjectNode o, String key, @Nullable String value) {
    if (value != null && value.matches("[0-9]{1,6}(\\.[0-9]{1,9})?")) {
      o.put(key, Double.parseDouble(value));
    }
  }
}
