package io.github.tcd4j.server.a1111;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.server.adapters.AdapterKind;
import io.github.tcd4j.server.adapters.ServedAdapter;
import io.github.tcd4j.server.engine.ModelCatalog;
import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JsonFields;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The units of the ControlNet extension, {@code alwayson_scripts.controlnet.args}, as fields of the
 * jobs API. IP-Adapters are units too. What a unit asks for and this server cannot do is refused.
 */
final class ControlUnits {
  private static final String FIELD = "alwayson_scripts";

  /** Of a unit with no choice of ours. */
  private static final String[] WITHOUT_EFFECT = {
    "low_vram",
    "lowvram",
    "processor_res",
    "pixel_perfect",
    "hr_option",
    "save_detected_map",
    "is_ui",
    "batch_images",
    "output_dir",
    "loopback",
    "input_mode",
    "use_preview_as_input",
    "generated_image",
    "advanced_weighting",
    "ipadapter_input",
    "pulid_mode",
    "union_control_type",
    "inpaint_crop_input_image",
    "animatediff_batch",
    "batch_modifiers",
    "batch_image_files",
    "batch_keyframe_idx",
    "batch_mask_dir",
    "batch_mask_gallery",
    "batch_input_gallery",
    "multi_inputs_gallery",
    "generated_image_info"
  };

  private final ModelCatalog catalog;

  ControlUnits(ModelCatalog catalog) {
    this.catalog = catalog;
  }

  /**
   * Adds the fields of the units that are on.
   *
   * @param scripts what the request has of {@code alwayson_scripts}
   * @param start the picture of {@code img2img}, for units without one; null for none
   */
  void translate(
      @Nullable JsonFields scripts, ModelFolder model, @Nullable String start, ObjectNode common) {
    if (scripts == null) {
      return;
    }
    for (String name : scripts.names()) {
      JsonFields script = scripts.object(name);
      List<JsonFields> units = script == null ? null : script.objects("model", "args");
      if (!name.toLowerCase(Locale.ROOT).equals("controlnet")) {
        throw invalid("of the extensions only controlnet is available over this API");
      }
      for (JsonFields unit : units == null ? List.<JsonFields>of() : units) {
        if (!Boolean.FALSE.equals(unit.flag("enabled"))) {
          add(unit, model, start, common);
        }
      }
    }
  }

  private void add(JsonFields unit, ModelFolder model, @Nullable String start, ObjectNode common) {
    String named = unit.text("model");
    if (named == null || named.isEmpty() || named.equalsIgnoreCase("none")) {
      throw invalid("a unit must have a model of /controlnet/model_list");
    }
    // Clients write the hash behind the name, as in the list of models.
    String name = named.replaceFirst("\\s*\\[[0-9a-fA-F]*]$", "");
    String image = image(unit, start);
    String module = unit.text("module");
    String preprocessor = module == null ? "none" : module.toLowerCase(Locale.ROOT);
    if (unit.has("mask", "mask_image", "effective_region_mask")) {
      throw invalid("masks of units are not available");
    }
    String resize =
        choice(
            unit,
            "resize_mode",
            "Crop and Resize",
            "Just Resize",
            "Crop and Resize",
            "Resize and Fill");
    Double weight = unit.number("weight");
    Double from = unit.number("guidance_start");
    Double to = unit.number("guidance_end");
    String mode =
        choice(
            unit,
            "control_mode",
            "Balanced",
            "Balanced",
            "My prompt is more important",
            "ControlNet is more important");
    List<Double> thresholds = thresholds(unit);
    unit.ignore(WITHOUT_EFFECT);
    unit.refuseOthers();
    boolean picture =
        catalog.adapters().fitting(model).stream()
            .filter(a -> a.kind() == AdapterKind.IP_ADAPTER)
            .map(ServedAdapter::name)
            .anyMatch(name::equals);
    if (picture) {
      requireModule(preprocessor.startsWith("ip-adapter") || preprocessor.equals("none"), module);
      if ((from != null && from != 0) || (to != null && to != 1)) {
        throw invalid(
            "an IP-Adapter acts in all steps: guidance_start and guidance_end must be 0 and 1");
      }
      ObjectNode o = common.withArray("image_prompts").addObject().put("name", name);
      o.putArray("images").add(image);
      o.put("scale", weight == null ? 1 : weight);
      return;
    }
    if (mode.equals("My prompt is more important")) {
      throw invalid("control_mode must be Balanced or ControlNet is more important");
    }
    if (mode.equals("ControlNet is more important")) {
      common.put("control_guess", true);
    }
    requireModule(preprocessor.equals("none") || preprocessor.equals("canny"), module);
    ObjectNode o = common.withArray("controls").addObject().put("name", name);
    int width = common.path("width").asInt(512);
    int height = common.path("height").asInt(512);
    o.put(
        "image",
        resize.equals("Just Resize")
            ? image
            : CroppedHint.of(image, width, height, resize.equals("Crop and Resize")));
    o.put("weight", weight == null ? 1 : weight);
    o.put("start", from == null ? 0 : from);
    o.put("end", to == null ? 1 : to);
    if (preprocessor.equals("canny")) {
      ArrayNode canny = o.putArray("canny");
      thresholds.forEach(canny::add);
    }
  }

  /** A text, or an object with the picture and perhaps a mask. */
  private static String image(JsonFields unit, @Nullable String start) {
    String image;
    try {
      image = unit.text("image", "input_image");
    } catch (HttpProblem e) {
      JsonFields both = unit.object("image", "input_image");
      image = both == null ? null : both.text("image");
      if (both != null && both.has("mask")) {
        throw invalid("masks of units are not available");
      }
    }
    String given = image == null || image.isEmpty() ? start : image;
    if (given == null) {
      throw invalid("a unit must have an image");
    }
    return given;
  }

  private static List<Double> thresholds(JsonFields unit) {
    Double low = unit.number("threshold_a");
    Double high = unit.number("threshold_b");
    // Below 0 is the client's way not to choose.
    boolean chosen = low != null && high != null && low >= 0 && high >= 0;
    return chosen ? List.of(low, high) : List.of();
  }

  /** A name, or its number. */
  private static String choice(JsonFields unit, String field, String usual, String... names) {
    try {
      Integer number = unit.integer(0, names.length - 1, field);
      return number == null ? usual : names[number];
    } catch (HttpProblem e) {
      String text = unit.text(field);
      for (String name : names) {
        if (name.equalsIgnoreCase(text) || (name + " (Inner Fit)").equalsIgnoreCase(text)) {
          return name;
        }
      }
      throw invalid(field + " must be one of " + List.of(names));
    }
  }

  private static void requireModule(boolean known, @Nullable String module) {
    if (!known) {
      throw invalid(
          "module must be none or canny, or ip-adapter-auto for an IP-Adapter, but was "
              + (module == null || module.length() <= 60 ? module : module.substring(0, 60)));
    }
  }

  private static HttpProblem invalid(String message) {
    return HttpProblem.invalid(FIELD, message);
  }
}
