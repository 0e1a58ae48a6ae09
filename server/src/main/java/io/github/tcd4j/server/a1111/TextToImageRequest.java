package io.github.tcd4j.server.a1111;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.server.api.PictureInput;
import io.github.tcd4j.server.api.RequestReader;
import io.github.tcd4j.server.engine.JobRequest;
import io.github.tcd4j.server.engine.ModelCatalog;
import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JsonFields;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request of {@code txt2img}. What this server cannot do is refused where it is switched
 * on, and ignored where it is off, because clients send every field there is.
 */
final class TextToImageRequest {
  private static final int MOST_STEPS = 1000;

  /** Switches of what is not here, by what to call it. */
  private static final Map<String, String> ABSENT =
      Map.of(
          "enable_hr", "the high-resolution pass",
          "restore_faces", "restoring faces",
          "tiling", "seamless tiling");

  private final RequestReader reader;
  private final int mostCount;
  private final ControlUnits controls;

  TextToImageRequest(RequestReader reader, ModelCatalog catalog, int mostCount) {
    this.reader = reader;
    controls = new ControlUnits(catalog);
    this.mostCount = mostCount;
  }

  /**
   * Reads it.
   *
   * @param standard the model where the request names none
   */
  JobRequest read(JsonFields f, String standard) {
    return read(f, standard, InputSettings.NONE);
  }

  /** Reads a request of {@code img2img}. */
  JobRequest readWithPicture(JsonFields f, String standard) {
    Integer resize = f.integer(0, 3, "resize_mode");
    if (resize != null && resize != 0) {
      throw HttpProblem.invalid("resize_mode", "resize_mode must be 0, which only resizes");
    }
    return read(f, standard, PictureInput.ofWebUi(f));
  }

  private JobRequest read(JsonFields f, String standard, InputSettings input) {
    refuseAbsent(f);
    JsonFields settings = f.object("override_settings");
    String model = settings == null ? null : settings.text("sd_model_checkpoint");
    Integer clipSkip =
        settings == null ? null : settings.integer(1, 100, "CLIP_stop_at_last_layers");
    ObjectNode common = JsonNodeFactory.instance.objectNode();
    common.put("model", model == null ? standard : model);
    String prompt = f.text("prompt");
    common.put("prompt", prompt == null ? "" : prompt);
    String negative = f.text("negative_prompt");
    if (negative != null && !negative.isEmpty()) {
      common.put("negative", negative);
    }
    Integer width = f.integer(1, 8192, "width");
    Integer height = f.integer(1, 8192, "height");
    common.put("width", width).put("height", height);
    controls.translate(
        f.object("alwayson_scripts"),
        reader.model(model == null ? standard : model).folder(),
        start(f),
        common);
    JobRequest read = reader.read(f.copyTo(common, "loras", "exact"), WebUiApi.NAME, input);
    Request.Builder request = read.request().toBuilder();
    String sampler =
        SamplerNames.registered(
            first(f.text("sampler_name"), f.text("sampler_index")), f.text("scheduler"));
    int batch = or(f.integer(1, mostCount, "batch_size"), 1);
    int count = Math.multiplyExact(batch, or(f.integer(1, mostCount, "n_iter"), 1));
    String seed = f.digits("seed");
    request
        .sampler(sampler)
        .steps(f.integer(1, MOST_STEPS, "steps"))
        .guidance(f.number("cfg_scale"))
        .clipSkip(clipSkip)
        .gamma(gamma(f, settings))
        .seed(RequestReader.seed("-1".equals(seed) ? null : seed))
        .count(count)
        .batch(batch);
    Double eta = f.number("eta");
    if (sampler != null && Samplers.named(sampler).parameters().contains("eta")) {
      request.eta(eta);
    }
    return read.with(request.build());
  }

  private static @Nullable String start(JsonFields f) {
    List<String> images = f.texts("init_images");
    return images == null || images.isEmpty() ? null : images.get(0);
  }

  /** A field of ours; also among the settings, for clients that can add none elsewhere. */
  private static @Nullable Gamma gamma(JsonFields f, @Nullable JsonFields settings) {
    List<Double> values = f.numbers("gamma");
    if (values == null && settings != null) {
      values = settings.numbers("gamma");
    }
    return values == null ? null : Gamma.of(values);
  }

  private static void refuseAbsent(JsonFields f) {
    ABSENT.forEach(
        (field, what) -> {
          if (Boolean.TRUE.equals(f.flag(field))) {
            throw HttpProblem.invalid(
                field, what + " is not available; set " + field + " to false");
          }
        });
    Double subseed = f.number("subseed_strength");
    if (subseed != null && subseed != 0) {
      throw HttpProblem.invalid("subseed_strength", "variation seeds are not available");
    }
    String script = f.text("script_name");
    if (script != null && !script.isEmpty() && !script.equals("None")) {
      throw HttpProblem.invalid("script_name", "scripts are not available");
    }
    List<String> styles = f.texts("styles");
    if (styles != null && !styles.isEmpty()) {
      throw HttpProblem.invalid("styles", "there are no prompt styles");
    }
  }

  private static @Nullable String first(@Nullable String a, @Nullable String b) {
    return a == null || a.isEmpty() ? b : a;
  }

  private static int or(@Nullable Integer value, int absent) {
    return value == null ? absent : value;
  }
}
