package io.github.tcd4j.server.api;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.HintPicture;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.server.adapters.AdapterCatalog;
import io.github.tcd4j.server.adapters.ServedAdapter;
import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JsonFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads the adapters of a request: controls, control_guess, image_prompts. */
final class AdapterInput {
  /** Each network and each picture takes memory of its own. */
  private static final int MOST = 4;

  private final AdapterCatalog catalog;
  private final ModelFolder model;
  private final PictureBudget budget = new PictureBudget();
  private @Nullable AdapterModel encoder;

  private AdapterInput(AdapterCatalog catalog, ModelFolder model) {
    this.catalog = catalog;
    this.model = model;
  }

  static AdapterSettings read(JsonFields f, AdapterCatalog catalog, ModelFolder model) {
    AdapterInput reader = new AdapterInput(catalog, model);
    List<ControlSettings> controls = new ArrayList<>();
    for (JsonFields c : atMost(f.objects("name", "controls"), "controls")) {
      controls.add(reader.control(c));
      c.refuseOthers();
    }
    boolean guess = Boolean.TRUE.equals(f.flag("control_guess"));
    List<ImagePromptSettings> prompts = new ArrayList<>();
    for (JsonFields p : atMost(f.objects("name", "image_prompts"), "image_prompts")) {
      prompts.add(reader.imagePrompt(p));
      p.refuseOthers();
    }
    return checked(
        guess ? "control_guess" : "image_prompts",
        () -> new AdapterSettings(controls, guess, prompts, reader.encoder));
  }

  private static List<JsonFields> atMost(@Nullable List<JsonFields> given, String field) {
    List<JsonFields> list = given == null ? List.of() : given;
    if (list.size() > MOST) {
      throw HttpProblem.invalid(
          field, field + " must be at most " + MOST + " but were " + list.size());
    }
    return list;
  }

  private ControlSettings control(JsonFields c) {
    ServedAdapter adapter = found(c.requiredText("name"), true);
    byte[] image = c.file("image");
    if (image == null) {
      throw HttpProblem.invalid("controls", "controls must have an image each");
    }
    InputFile file = budget.checked("controls", "hint", image);
    Canny canny = canny(c);
    Double weight = c.number("weight");
    Double start = c.number("start");
    Double end = c.number("end");
    return checked(
        "controls",
        () ->
            new ControlSettings(
                AdapterModel.of("ControlNet", adapter.path()),
                canny == null ? HintPicture.of(file) : HintPicture.ofEdges(file, canny),
                weight == null ? 1 : weight,
                start == null ? 0 : start,
                end == null ? 1 : end));
  }

  /** True for the usual thresholds, or two numbers. */
  private static @Nullable Canny canny(JsonFields c) {
    List<Double> thresholds = c.numbers("canny");
    if (thresholds == null) {
      return null;
    }
    if (thresholds.isEmpty()) {
      return Canny.USUAL;
    }
    if (thresholds.size() != 2) {
      throw HttpProblem.invalid(
          "controls",
          "canny must be the low and the high threshold, such as [100, 200], or [] for these");
    }
    return checked("controls", () -> new Canny(thresholds.get(0), thresholds.get(1)));
  }

  private ImagePromptSettings imagePrompt(JsonFields p) {
    ServedAdapter adapter = found(p.requiredText("name"), false);
    List<InputFile> images = pictures(p, "images", "picture");
    List<InputFile> masks = pictures(p, "masks", "mask");
    Double scale = p.number("scale");
    ServedAdapter own = Objects.requireNonNull(catalog.encoder(adapter));
    AdapterModel seen = AdapterModel.of("image encoder", own.path());
    if (encoder != null && !encoder.equals(seen)) {
      throw HttpProblem.invalid(
          "image_prompts", "image_prompts must be of adapters that have the same image encoder");
    }
    encoder = seen;
    return checked(
        "image_prompts",
        () ->
            new ImagePromptSettings(
                AdapterModel.of("IP-Adapter", adapter.path()),
                images,
                scale == null ? 1 : scale,
                masks));
  }

  private List<InputFile> pictures(JsonFields p, String field, String what) {
    List<InputFile> files = new ArrayList<>();
    List<byte[]> given = p.files(field);
    for (byte[] file : given == null ? List.<byte[]>of() : given) {
      if (files.size() == MOST) {
        throw HttpProblem.invalid(
            "image_prompts", "image_prompts must have at most " + MOST + " " + field + " each");
      }
      files.add(budget.checked("image_prompts", what, file));
    }
    return files;
  }

  private ServedAdapter found(String name, boolean control) {
    return checked(
        control ? "controls" : "image_prompts", () -> catalog.find(model, name, control));
  }

  private static <T> T checked(String field, Supplier<T> of) {
    try {
      return of.get();
    } catch (InvalidRequestException e) {
      throw HttpProblem.invalid(field, String.valueOf(e.getMessage()));
    }
  }
}
